import { describe, expect, test } from 'vitest'
import { decodeHep } from '../../src/hep/decode.ts'
import type { HepPacket } from '../../src/hep/types.ts'
import { chunk, chunksOf, hepPacket, number, packetOf } from './hep-packet.ts'

const payload = 'OPTIONS sip:198.51.100.1 SIP/2.0\r\n\r\n'
const chunks = chunksOf({ payload })
const read = (bytes: Buffer): HepPacket => {
  const packet = decodeHep(bytes)
  if (typeof packet === 'string') throw new Error(packet)
  return packet
}
/** The chunks without those of a type, and with others. */
const but = (type: number, ...others: Buffer[]) => packetOf([...chunks.filter((bytes) => bytes.readUInt16BE(2) !== type), ...others])

describe('a HEPv3 packet', () => {
  test('says who sent what to whom, and when', () => {
    expect(decodeHep(hepPacket({ payload, captureId: 2001, key: 'secret' }))).toEqual({
      ...{ sourceIp: '192.0.2.7', sourcePort: 5061, destinationIp: '198.51.100.1', destinationPort: 5060, transport: 'udp' },
      ...{ capturedAtMs: Date.UTC(2026, 0, 15, 10, 30, 45, 123), captureId: 2001, key: Buffer.from('secret') },
      payload: Buffer.from(payload),
    })
  })

  test('may have its chunks in any order', () => {
    expect(decodeHep(packetOf(chunks.toReversed()))).toEqual(decodeHep(packetOf(chunks)))
  })

  test('may have chunks of other vendors and of unknown types', () => {
    const others = [chunk(3, 'wrong size', 42), chunk(4711, ''), chunk(17, 'call-id'), chunk(0, 'x'), chunk(65535, 'y')]
    expect(decodeHep(packetOf([...others, ...chunks, ...others]))).toEqual(decodeHep(packetOf(chunks)))
  })

  test('has canonical addresses', () => {
    const { sourceIp, destinationIp } = read(hepPacket({ payload, source: '2001:db8:0:0:1::10', destination: 'fe80::1' }))
    expect([sourceIp, destinationIp]).toEqual(['2001:db8::1:0:0:10', 'fe80::1'])
  })

  test('has IPv4-mapped addresses as IPv4', () => {
    const { sourceIp, destinationIp } = read(hepPacket({ payload, source: '::ffff:c000:207', destination: '::ffff:c633:6401' }))
    expect([sourceIp, destinationIp]).toEqual(['192.0.2.7', '198.51.100.1'])
  })

  test.each([2, 10, 23, 28, 30, 99])('is of the family of its address chunks, not of that it names (%i)', (family) => {
    expect(read(but(1, chunk(1, number(family, 1)))).sourceIp).toBe('192.0.2.7')
  })

  test.each([
    [6, 'tcp'],
    [17, 'udp'],
    [22, 'tls'],
    [132, null],
    [0, null],
  ])('names its transport by IP protocol %i: %s', (protocol, transport) => {
    expect(read(hepPacket({ payload, protocol })).transport).toBe(transport)
  })

  test('may leave out protocol, time, capture id and key', () => {
    const left = [3, 4, 7, 8, 11, 15]
    expect(read(packetOf(chunks.filter((bytes) => left.includes(bytes.readUInt16BE(2)))))).toMatchObject({
      ...{ transport: null, capturedAtMs: null, captureId: null, key: null },
    })
  })

  test('may be followed by other bytes, which are ignored', () => {
    expect(decodeHep(Buffer.concat([packetOf(chunks), Buffer.from('more')]))).toEqual(decodeHep(packetOf(chunks)))
  })
})

describe('is refused as malformed:', () => {
  const whole = packetOf(chunks)
  const withLength = (length: number) => Buffer.concat([Buffer.from('HEP3'), number(length, 2), whole.subarray(6)])
  test.each([
    ['a packet shorter than it says', withLength(whole.length + 1)],
    ['a length that its own head does not fit in', withLength(5)],
    ['a packet that ends within a chunk’s head', withLength(whole.length - payload.length - 1)],
    ['a packet that ends within a chunk', withLength(whole.length - 1)],
    ['a chunk that its own head does not fit in', packetOf([...chunks, Buffer.from([0, 0, 0, 99, 0, 5])])],
    ['a chunk of no length', packetOf([...chunks, Buffer.from([0, 0, 0, 99, 0, 0])])],
    ['a chunk beyond the end', packetOf([...chunks, Buffer.from([0, 0, 0, 99, 0, 7])])],
    ['a chunk twice', packetOf([...chunks, chunk(3, Buffer.from([10, 0, 0, 1]))])],
    ['a port of four bytes', but(7, chunk(7, number(5060, 4)))],
    ['an IPv4 address of 16 bytes', but(3, chunk(3, Buffer.alloc(16, 1)))],
    ['no source address', but(3)],
    ['no destination address', but(4)],
    ['both an IPv4 and an IPv6 source', packetOf([...chunks, chunk(5, Buffer.alloc(16, 1))])],
    ['an IPv6 source and an IPv4 destination', but(3, chunk(5, Buffer.alloc(16, 1)))],
    ['a source that is no host', but(3, chunk(3, Buffer.alloc(4)))],
    ['an IPv6 source that is no host', hepPacket({ payload, source: '::', destination: '2001:db8::1' })],
    ['no source port', but(7)],
    ['port 0', but(8, chunk(8, number(0, 2)))],
    ['no payload', but(15)],
  ])('%s', (_, bytes) => {
    expect(decodeHep(bytes)).toBe('malformed')
  })
})

describe('is refused as no SIP:', () => {
  test.each([
    ['RTCP', but(11, chunk(11, number(5, 1)))],
    ['what does not say', but(11)],
    ['an empty payload', but(15, chunk(15, ''))],
    ['empty lines', but(15, chunk(15, '\r\n\r\n'))],
    ['zeros', but(15, chunk(15, '\0\0\0\0'))],
    ['a STUN request', but(15, chunk(15, Buffer.from(`000100002112a442${'ab'.repeat(12)}`, 'hex')))],
  ])('%s', (_, bytes) => {
    expect(decodeHep(bytes)).toBe('not-sip')
  })
})

test('a compressed payload is refused as such', () => {
  expect(decodeHep(but(15, chunk(16, 'x')))).toBe('compressed')
})

test.each([
  ['v1', [1, 16, 2, 17]],
  ['v1 of IPv6', [1, 40, 10, 17]],
  ['v2', [2, 28, 2, 17]],
])('HEP%s is refused as a version', (_, head) => {
  expect(decodeHep(Buffer.concat([Buffer.from(head), Buffer.alloc(60)]))).toBe('version')
})

test.each(['', 'H', 'HEP3', 'HEP3\0', 'HEP4\0\x10', 'hep3\0\x06', payload, '\x01', '\x03\x10abc'])('%j is no HEP', (text) => {
  expect(decodeHep(Buffer.from(text))).toBe('not-hep')
})
