import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { canonicalAddress } from '../../src/address.ts'
import { decodeHep } from '../../src/hep/decode.ts'
import { bindings } from '../../src/hep/sip-bindings.ts'
import { parseSip } from '../../src/hep/sip-message.ts'
import { HEP_REFUSALS, type HepRefusal } from '../../src/hep/types.ts'
import { hepPacket } from './hep-packet.ts'
import { sipMessage } from './sip-arbitrary.ts'

/** 10^5 cases in all. */
const RANDOM_CASES = 20_000
const MUTATED_CASES = 30_000

const MESSAGES = fc.sample(sipMessage, { numRuns: 60, seed: 1 }).map(({ text }) => Buffer.from(text))
const PACKETS = MESSAGES.map((payload, i) => {
  const addresses = i % 2 ? { source: '2001:db8::7', destination: '2001:db8::1' } : {}
  return hepPacket({ payload, captureId: i, key: 'secret', ...addresses })
})

const isUnsigned32 = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff

function expectMessage(payload: Buffer): void {
  const message = parseSip(payload)
  if (!message) return
  const { request, reply, cseq, from, to, contacts, expires, vias } = message
  const faults = {
    start: (request === null) === (reply === null) || (reply !== null && !(reply.code >= 100 && reply.code <= 699)),
    request: request !== null && !(request.method.length > 0 && request.uri.length > 0),
    callId: message.callId.length === 0,
    cseq: !Number.isInteger(cseq.number) || cseq.method.length === 0,
    hosts: [from, to, ...(request ? [request.target] : [])].some(
      ({ host }) => host !== null && (host === '' || host !== host.toLowerCase()),
    ),
    contacts: contacts.length > 200 || contacts.includes(''),
    expires: expires !== null && !isUnsigned32(expires),
    bindings: bindings(message).some(({ expires }) => expires !== null && !isUnsigned32(expires)),
    vias: vias > 200 || (vias === 0 && message.branch !== null),
  }
  expect(Object.entries(faults).filter(([, isWrong]) => isWrong)).toEqual([])
}

function expectPacket(bytes: Buffer): void {
  const packet = decodeHep(bytes)
  if (typeof packet === 'string') {
    expect(HEP_REFUSALS).toContain<HepRefusal>(packet)
    return
  }
  const { sourceIp, destinationIp, sourcePort, destinationPort, capturedAtMs, payload } = packet
  expect([canonicalAddress(sourceIp), canonicalAddress(destinationIp)]).toEqual([sourceIp, destinationIp])
  expect([sourcePort, destinationPort].every((port) => port >= 1 && port <= 65535)).toBe(true)
  expect(capturedAtMs === null || Number.isSafeInteger(capturedAtMs)).toBe(true)
  expect(payload.buffer).toBe(bytes.buffer)
  expectMessage(payload)
}

/** One of these, with bytes changed, left out, put in twice, or cut off. */
const mutated = (samples: readonly Buffer[]) =>
  fc
    .tuple(fc.nat(samples.length - 1), fc.array(fc.tuple(fc.nat(3), fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 5 }))
    .map(([sample, edits]) => edits.reduce(mutate, samples[sample] as Buffer))

function mutate(bytes: Buffer, [what, where, value]: readonly [number, number, number]): Buffer {
  const at = bytes.length ? where % bytes.length : 0
  const end = Math.min(bytes.length, at + (value % 40))
  if (what === 0) return Buffer.concat([bytes.subarray(0, at), Buffer.from([value]), bytes.subarray(at + 1)])
  if (what === 1) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)])
  if (what === 2) return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)])
  return value < 40
    ? bytes.subarray(0, at)
    : Buffer.concat([bytes.subarray(0, at), HOSTILE[value % HOSTILE.length] as Buffer, bytes.subarray(at)])
}
const HOSTILE = ['"', '<', '>', ',', ';', '\\', '\r\n', '\n ', '%', '@', ':', '=', '[', '\0', '\r\n\r\n', ' ', 'é'].map((text) =>
  Buffer.from(text),
)

const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array.buffer, array.byteOffset, array.length))

describe('whatever comes, nothing is thrown and what is read has its shape:', () => {
  test('random bytes as a packet', () => {
    const behindTheMagic = bytes.map((bytes) => Buffer.concat([Buffer.from('HEP3'), bytes]))
    fc.assert(fc.property(fc.oneof(bytes, behindTheMagic), expectPacket), { numRuns: RANDOM_CASES })
  }, 30_000)

  test('random bytes as a message', () => {
    fc.assert(fc.property(bytes, expectMessage), { numRuns: RANDOM_CASES })
  }, 30_000)

  test('packets that were changed', () => {
    fc.assert(fc.property(mutated(PACKETS), expectPacket), { numRuns: MUTATED_CASES })
  }, 30_000)

  test('messages that were changed', () => {
    fc.assert(fc.property(mutated(MESSAGES), expectMessage), { numRuns: MUTATED_CASES })
  }, 30_000)
})

test('a valid message is read as its sender means it', () => {
  fc.assert(
    fc.property(sipMessage, ({ text, says }) => {
      expect(parseSip(Buffer.from(text))).toEqual(says)
    }),
    { numRuns: 2000 },
  )
}, 30_000)

describe('the work is linear in the length:', () => {
  const HEAD = 'REGISTER sip:a SIP/2.0\r\nVia: a;branch=b\r\nFrom: <sip:a@b>\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 REGISTER\r\n'
  const REPEATED = [
    '"',
    '<',
    '>',
    ',',
    ';',
    '\\',
    '\\"',
    '"<',
    '",',
    '<>,',
    ';tag',
    ';tag=',
    '=',
    ':',
    ' ',
    '\t',
    '\r',
    '\r\n ',
    '\r\n',
    '\n',
    '%41',
    '%ff-',
    '@',
    '[',
  ]
  const HEADERS = [
    'From: ',
    'From: <sip:',
    'From: "',
    'Contact: ',
    'Contact: <sip:a@b>;',
    'Via: x;',
    'CSeq: 1',
    'Call-ID: ',
    'Expires: 1',
    'Authorization: Digest ',
  ]
  /** Bytes of a packet that are looked at for each byte there is, however long it is. */
  const MOST_A_BYTE = 40

  afterEach(() => {
    vi.restoreAllMocks()
  })

  /** Counts characters that the methods of strings are asked to look at or copy. */
  function work(run: () => void): number {
    let done = 0
    const count = (name: string, cost: (text: string, args: unknown[], result: unknown) => number) => {
      const methods = String.prototype as unknown as Record<string, (...args: unknown[]) => unknown>
      const original = methods[name]!
      vi.spyOn(methods, name).mockImplementation(function (this: unknown, ...args) {
        const result = original.apply(this, args)
        done += cost(this as string, args, result)
        return result
      })
    }
    const copied = (text: string, _: unknown[], result: unknown) =>
      Math.max(1, (result as string).length, text.length - (result as string).length)
    count('charCodeAt', () => 1)
    count('indexOf', (text, [, from = 0], result) => 1 + ((result as number) < 0 ? text.length : (result as number)) - (from as number))
    count('includes', (text) => text.length)
    count('slice', (_, __, result) => 1 + (result as string).length)
    for (const name of ['trim', 'trimEnd'] as const) count(name, copied)
    for (const name of ['replace', 'replaceAll', 'toLowerCase'] as const) count(name, (text) => 1 + text.length)
    run()
    vi.restoreAllMocks()
    return done
  }

  test.each(HEADERS)('whatever %j is followed by', (header) => {
    const worst = REPEATED.map((repeated) => {
      const value = repeated.repeat(Math.floor(16_000 / repeated.length))
      const text = header.startsWith('Con') || header.startsWith('Auth') ? `${HEAD}${header}${value}` : `${header}${value}\r\n${HEAD}`
      const payload = Buffer.from(text.startsWith('REG') ? text : `REGISTER sip:a SIP/2.0\r\n${text}`)
      const message = () => {
        const read = parseSip(payload)
        if (read) bindings(read)
      }
      return { repeated, aByte: work(message) / payload.length }
    })
    expect(worst.filter(({ aByte }) => aByte > MOST_A_BYTE)).toEqual([])
    expect(Math.max(...worst.map(({ aByte }) => aByte))).toBeGreaterThan(1)
  })

  test.each(REPEATED)('of %j as header after header, and in the request line', (repeated) => {
    const many = Buffer.from(`${HEAD}${`${repeated}\r\n`.repeat(16_000 / repeated.length)}`)
    const first = Buffer.from(`REGISTER sip:${repeated.repeat(16_000 / repeated.length)}@a SIP/2.0\r\n${HEAD}`)
    expect(work(() => parseSip(many)) / many.length).toBeLessThan(MOST_A_BYTE)
    expect(work(() => parseSip(first)) / first.length).toBeLessThan(MOST_A_BYTE)
  })
})
