import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHepReader } from '../../src/hep/index.ts'
import { COUNTED_KINDS, type SipEvent } from '../../src/types.ts'
import { back, type Hop, hep, type Request, SERVER, START_MS, sipReply, sipRequest } from './conversation.ts'

const CI = process.env.CI === 'true'
const isSelf = (ip: string) => ip === SERVER

/** A random number generator of a property's own, so that a failure can be repeated: mulberry32. */
function randomFrom(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

const CODES = [200, 401, 403, 404, 407, 423, 483, 486, 500, 503, 603]
const METHODS = ['REGISTER', 'INVITE', 'OPTIONS', 'MESSAGE', 'FOO']

/** The packets of one transaction, in order: with copies, provisional answers, perhaps without an answer. */
function transaction(i: number, random: (below: number) => number): Buffer[] {
  const request: Request = { method: METHODS[random(METHODS.length)]!, callId: `call-${i}`, user: `${1000 + (i % 50)}` }
  if (random(2)) request.nonce = `nonce-${random(20)}`
  if (random(2)) request.contacts = [`<sip:${request.user}@10.0.0.1>`]
  const code = CODES[random(CODES.length)]!
  const hop: Hop = { from: `203.0.113.${1 + (i % 200)}`, fromPort: 1024 + i }
  const ask = hep(sipRequest(request), hop)
  const answer = (status: number) => hep(sipReply(request, status, { nonce: `issued-${i}` }), back(hop))
  const packets = Array<Buffer>(1 + random(3)).fill(ask)
  if (random(3) === 0) packets.push(answer(100))
  if (random(10) > 0) packets.push(...Array<Buffer>(1 + random(2)).fill(answer(code)))
  return packets
}

function eventsOf(packets: readonly Buffer[]): string[] {
  const reader = createHepReader({ isSelf, key: null })
  // What domains are served is learned on the way; here it is known from the start.
  const events: SipEvent[] = []
  const known: Request = { callId: 'known' }
  reader.read(hep(sipRequest(known)), START_MS, '')
  reader.read(hep(sipReply(known, 401), back({})), START_MS, '')
  for (const packet of packets) events.push(...reader.read(packet, START_MS, ''))
  // What is not answered, and what rings for ever.
  events.push(...reader.tick(START_MS + 2000), ...reader.tick(START_MS + 200_000))
  return events.map((event) => JSON.stringify(event)).sort()
}

describe('whatever is heard', () => {
  test('a thousand transactions give the same events, in whatever order they are mixed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed)
        const transactions = Array.from({ length: 1000 }, (_, i) => transaction(i, random))
        const inOrder = transactions.flat()
        const rest = transactions.map((packets) => [...packets])
        const mixed: Buffer[] = []
        while (rest.length > 0) {
          const at = random(rest.length)
          mixed.push(rest[at]!.shift()!)
          if (rest[at]!.length === 0) rest.splice(at, 1)
        }
        expect(eventsOf(mixed)).toEqual(eventsOf(inOrder))
        expect(eventsOf(inOrder)).toHaveLength(1000)
      }),
      { numRuns: CI ? 5 : 2 },
    )
  })

  test('mutated conversations throw nothing, keep little and count nothing against this host', () => {
    const random = randomFrom(7)
    const reader = createHepReader({ isSelf, key: null })
    const conversations = Array.from({ length: 200 }, (_, i) => transaction(i, random)).flat()
    const outward = conversations.map((packet) => hep(packet.subarray(packet.indexOf('SIP') + 3), { from: SERVER, to: '203.0.113.1' }))
    const packets = [...conversations, ...outward]
    let counted = 0
    let largest = 0
    for (let i = 0; i < (CI ? 100_000 : 20_000); i++) {
      const packet = Buffer.from(packets[random(packets.length)]!)
      for (let changes = random(4); changes > 0; changes--) packet[random(packet.length)] = random(256)
      const part = random(20) === 0 ? packet.subarray(0, random(packet.length)) : packet
      const nowMs = START_MS + Math.floor(i / 100)
      const events = [...reader.read(part, nowMs, `${i}`), ...(i % 1000 === 0 ? reader.tick(nowMs) : [])]
      for (const event of events) {
        if (!COUNTED_KINDS.has(event.kind)) continue
        counted++
        expect(event.ip).not.toBe(SERVER)
      }
      largest = Math.max(largest, reader.size)
    }
    expect(counted).toBeGreaterThan(100)
    expect(largest).toBeLessThan(200_000)
  })

  test('a flood of ever new requests and nonces keeps what is bounded', () => {
    const reader = createHepReader({ isSelf, key: null })
    const seen = { request: 0, auth_challenge: 0 }
    const count = (events: readonly SipEvent[]) => {
      for (const { kind } of events) seen[kind as 'request']++
    }
    const flood = CI ? 60_000 : 40_000
    let largest = 0
    for (let i = 0; i < flood; i++) {
      const request = { callId: `c${i}`, domain: `d${i}.example` }
      const hop = { from: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`.replace(/\.0$/, '.1') }
      count(reader.read(hep(sipRequest(request), hop), START_MS, `${i}`))
      if (i % 3 === 0) count(reader.read(hep(sipReply(request, 401, { nonce: `n${i}` }), back(hop)), START_MS, `${i}`))
      if (i % 1000 === 0) largest = Math.max(largest, reader.size)
    }
    count(reader.tick(START_MS + 2000))
    // Each request is seen once, none is lost.
    expect(seen.request + seen.auth_challenge).toBe(flood)
    expect(largest).toBeLessThan(240_000)
    reader.tick(START_MS + 2 * 864e5)
    reader.tick(START_MS + 2 * 864e5 + 200_000)
    expect(reader.size).toBe(0)
  })
})
