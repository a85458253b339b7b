import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDoubles } from '../../src/hep/index.ts'
import { COUNTED_KINDS, type EventKind, type SipEvent } from '../../src/types.ts'

const NONE: Omit<SipEvent, 'kind' | 'ip' | 'port' | 'atMs' | 'counted'> = {
  ...{ transport: null, user: null, domain: null, userAgent: null, method: null, code: null, reason: null, contact: null, expires: null },
  ...{ callId: null, requestUri: null, proved: false, shadow: false, filter: '', rule: '', why: null, source: '', id: '' },
}

function event(
  atMs: number,
  kind: EventKind = 'failed_registration',
  port: number | null = 5060,
  ip: string | null = '192.0.2.7',
): SipEvent {
  return { ...NONE, kind, ip, port, atMs, counted: COUNTED_KINDS.has(kind) }
}

describe('what is seen both as HEP and in a log', () => {
  test('is counted once, whichever comes first', () => {
    const doubles = createDoubles()
    expect([doubles.fromHep(event(0)), doubles.fromLog(event(900))]).toEqual([false, true])
    expect([doubles.fromLog(event(20_000)), doubles.fromHep(event(20_500))]).toEqual([false, true])
  })

  test('is paired one by one: what only one of both saw counts', () => {
    const doubles = createDoubles()
    expect([1, 2].map((at) => doubles.fromHep(event(at)))).toEqual([false, false])
    expect([3, 4, 5].map((at) => doubles.fromLog(event(at)))).toEqual([true, true, false])
    expect([6, 7].map((at) => doubles.fromHep(event(at)))).toEqual([true, false])
  })

  test('logs alone count alone, and so does HEP', () => {
    const doubles = createDoubles()
    expect([1, 2, 3].map((at) => doubles.fromLog(event(at)))).toEqual([false, false, false])
    const others = createDoubles()
    expect([1, 2, 3].map((at) => others.fromHep(event(at)))).toEqual([false, false, false])
  })

  test('may be called a different failure by the log, but a request is no failure', () => {
    const doubles = createDoubles()
    doubles.fromHep(event(0, 'door_knock'))
    expect(doubles.fromLog(event(0, 'request'))).toBe(false)
    expect(doubles.fromLog(event(0, 'auth_challenge'))).toBe(false)
    expect(doubles.fromHep(event(0, 'auth_challenge'))).toBe(true)
    expect(doubles.fromLog(event(0, 'call_rejected'))).toBe(true)
  })

  test.each<[string, SipEvent]>([
    ['longer than ten seconds ago', event(10_001)],
    ['of another address', event(0, 'door_knock', 5060, '192.0.2.8')],
    ['of another port', event(0, 'door_knock', 5061)],
    ['flood detection of the server', event(0, 'flood')],
    ['a registration', event(0, 'registration')],
    ['without an address', event(0, 'door_knock', 5060, null)],
    ['not counted', { ...event(0), counted: false }],
    ['refused already', { ...event(0), why: 'ambiguous' }],
  ])('is not seen in what is %s', (_what, other) => {
    const doubles = createDoubles()
    doubles.fromHep(event(0))
    expect(doubles.fromLog(other)).toBe(false)
    expect(doubles.fromLog(event(0))).toBe(other.atMs <= 10_000)
  })

  test('a log that names no port pairs with any', () => {
    const doubles = createDoubles()
    doubles.fromHep(event(0, 'door_knock', 1))
    doubles.fromHep(event(0, 'door_knock', 2))
    expect([1, 2, 3].map((at) => doubles.fromLog(event(at, 'door_knock', null)))).toEqual([true, true, false])
    expect(doubles.fromHep(event(4, 'door_knock', 3))).toBe(true)
  })

  test('counts as often as the fuller of both says, for every endpoint', () => {
    const sight = fc.record({ isHep: fc.boolean(), port: fc.integer({ min: 1, max: 3 }), stepMs: fc.integer({ min: 0, max: 12_000 }) })
    fc.assert(
      fc.property(fc.array(sight, { maxLength: 60 }), (sights) => {
        const doubles = createDoubles()
        const open: { isHep: boolean; port: number; atMs: number }[] = []
        let atMs = 0
        for (const { isHep, port, stepMs } of sights) {
          atMs += stepMs
          const partner = open.findIndex((other) => other.isHep !== isHep && other.port === port && atMs - other.atMs <= 10_000)
          if (partner >= 0) open.splice(partner, 1)
          else open.push({ isHep, port, atMs })
          const seen = event(atMs, 'failed_auth', port)
          expect(isHep ? doubles.fromHep(seen) : doubles.fromLog(seen)).toBe(partner >= 0)
        }
      }),
    )
  })

  test('within ten seconds, and where the log always or never says the port, exactly the larger number counts', () => {
    const sight = fc.record({ isHep: fc.boolean(), port: fc.integer({ min: 1, max: 3 }) })
    fc.assert(
      fc.property(fc.array(sight, { maxLength: 60 }), fc.boolean(), (sights, saysPort) => {
        const doubles = createDoubles()
        let counted = 0
        for (const [i, { isHep, port }] of sights.entries()) {
          const isDouble = isHep
            ? doubles.fromHep(event(i, 'door_knock', port))
            : doubles.fromLog(event(i, 'door_knock', saysPort ? port : null))
          if (!isDouble) counted++
        }
        const number = (isHep: boolean, port?: number) =>
          sights.filter((sight) => sight.isHep === isHep && (port === undefined || sight.port === port)).length
        const larger = (port?: number) => Math.max(number(true, port), number(false, port))
        expect(counted).toBe(saysPort ? larger(1) + larger(2) + larger(3) : larger())
      }),
    )
  })

  test('keeps little, whatever comes', () => {
    const doubles = createDoubles()
    let largest = 0
    for (let i = 0; i < 300_000; i++) {
      doubles.fromHep(event(i % 1000, 'door_knock', i % 65_536, `10.0.${(i >> 8) % 256}.${i % 256}`))
      largest = Math.max(largest, doubles.size)
    }
    expect(largest).toBeLessThanOrEqual(200_000)
    expect(largest).toBeGreaterThan(50_000)
  })
})
