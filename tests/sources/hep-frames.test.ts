import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HepFrames } from '../../src/sources/hep-frames.ts'
import { barePacket } from '../hep/hep-packet.ts'

function take(stream: Buffer, cuts: readonly number[] = []) {
  const frames = new HepFrames()
  const places = [...cuts.map((cut) => cut % (stream.length + 1)), 0, stream.length].sort((a, b) => a - b)
  const packets: string[] = []
  for (let i = 1; i < places.length && !frames.lost; i++) {
    packets.push(...frames.take(stream.subarray(places[i - 1], places[i])).map((packet) => packet.toString('hex')))
  }
  return { packets, lost: frames.lost, unfinished: frames.unfinished }
}
const hex = (packets: readonly Buffer[]) => packets.map((packet) => packet.toString('hex'))

describe('a TCP stream of HEPv3', () => {
  const payload = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes))
  test('is taken apart packet by packet, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (payloads, cuts) => {
        const packets = payloads.map(barePacket)
        expect(take(Buffer.concat(packets), cuts)).toEqual({ packets: hex(packets), lost: false, unfinished: false })
      }),
    )
  })
  test('may end within a packet: it is kept and not taken', () => {
    const packet = barePacket(Buffer.from('x\ny'))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: packet.length - 1 }), (length) => {
        const stream = Buffer.concat([packet, packet.subarray(0, length)])
        expect(take(stream)).toEqual({ packets: hex([packet]), lost: false, unfinished: true })
      }),
    )
  })
  test.each([
    ['an older version', Buffer.from([2, 16, 2, 17, 0, 0])],
    ['plain SIP', Buffer.from('OPTIONS sip:x SIP/2.0\r\n')],
    ['a length that does not hold its own head', Buffer.from('HEP3\0\x05xxxx')],
  ])('with %s in it is lost there, and what is there is taken to be refused', (_, wrong) => {
    const packet = barePacket(Buffer.from('x'))
    expect(take(Buffer.concat([packet, wrong]))).toEqual({ packets: hex([packet, wrong]), lost: true, unfinished: false })
  })
})
