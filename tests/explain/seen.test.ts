import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecentAddresses } from '../../src/explain/recent-addresses.ts'
import { Seen, whyNotCounted } from '../../src/explain/seen.ts'
import { aSkip } from '../api/fake-control.ts'
import { eventOf } from '../detect/samples.ts'

test('of each reason the count and the three newest lines are remembered', () => {
  const seen = new Seen(new RecentAddresses())
  for (let i = 1; i <= 5; i++) seen.note(eventOf({ id: `n:g:${i}`, atMs: i }))
  seen.note(eventOf({ id: 'n:g:6', atMs: 6, counted: false, kind: 'auth_challenge' }))
  const found = seen.of('192.0.2.1')!
  expect(Object.fromEntries(found.lines)).toMatchObject({
    counted: {
      count: 5,
      newest: [
        { id: 'n:g:3', atMs: 3 },
        { id: 'n:g:4', atMs: 4 },
        { id: 'n:g:5', atMs: 5 },
      ],
    },
    challenge: { count: 1, newest: [{ id: 'n:g:6', atMs: 6 }] },
  })
  expect(found.countedMs).toBe(5)
})

test('full windows that led to no ban are added up', () => {
  const seen = new Seen(new RecentAddresses())
  const skip = aSkip('phone', 'sip-auth')
  const hits = [1, 2, 3, 4].map((atMs) => ({ atMs, id: `n:g:${atMs}`, value: null }))
  seen.skip({ ...skip, detection: { ...skip.detection, count: 4, hits } })
  seen.skip({ ...skip, detection: { ...skip.detection, count: 4, hits } })
  expect(seen.of('192.0.2.7')!.skips.get('phone')).toMatchObject({ count: 8, jail: 'sip-auth', newest: hits.slice(1) })
})

test('past the most addresses those go that were not seen for the longest', () => {
  const seen = new Seen(new RecentAddresses(10))
  for (let i = 0; i < 100; i++) {
    seen.note(eventOf({ ip: `192.0.2.${i}` }))
    seen.note(eventOf({ ip: '203.0.113.5' }))
  }
  const known = Array.from({ length: 100 }, (_, i) => seen.of(`192.0.2.${i}`)).filter((address) => address !== null)
  expect(known.length).toBeGreaterThanOrEqual(4)
  expect(known.length).toBeLessThanOrEqual(10)
  expect(seen.of('192.0.2.99')).not.toBeNull()
  expect(seen.of('203.0.113.5')!.lines.get('counted')!.count).toBe(100)
})

type Told = Map<string, { id: string; atMs: number }[]>

/** What is to be remembered, told plainly: an address goes when half as many others as are kept have come since, twice. */
class Plain {
  #young = new Map<string, Told>()
  #old = new Map<string, Told>()
  readonly #half: number

  constructor(most: number) {
    this.#half = most / 2
  }

  note(ip: string, why: string, id: string, atMs: number): void {
    const lines = this.#young.get(ip) ?? this.#old.get(ip) ?? (new Map() as Told)
    if (!this.#young.has(ip)) {
      if (this.#young.size >= this.#half) {
        this.#old = this.#young
        this.#young = new Map()
      }
      this.#young.set(ip, lines)
    }
    lines.set(why, [...(lines.get(why) ?? []), { id, atMs }])
  }

  of(ip: string) {
    const lines = this.#young.get(ip) ?? this.#old.get(ip)
    if (lines === undefined) return null
    const told = [...lines].map(([why, all]) => [why, { count: all.length, newest: all.slice(-3) }])
    return {
      lines: Object.fromEntries(told),
      countedMs: Math.max(Number.NEGATIVE_INFINITY, ...(lines.get('counted') ?? []).map(({ atMs }) => atMs)),
    }
  }
}

test('whatever comes, of each address what is remembered is what a plain list of its lines says', () => {
  const line = fc.record({
    ip: fc.integer({ min: 0, max: 15 }).map((i) => (i % 2 ? `192.0.2.${i}` : `2001:db8::${i}`)),
    why: fc.constantFrom(null, 'forgeable', 'ambiguous', 'hep'),
    stem: fc.constantFrom('n:1:2:0:', 'n:1:3:1:', null),
    atMs: fc.integer({ min: 0, max: 9 }),
  })
  fc.assert(
    fc.property(fc.array(line, { maxLength: 120 }), fc.constantFrom(2, 6, 10, 40), (lines, most) => {
      const seen = new Seen(new RecentAddresses(most))
      const plain = new Plain(most)
      lines.forEach(({ ip, why, stem, atMs }, i) => {
        const id = stem === null ? `hep:${i}:b` : `${stem}${i}`
        const event = eventOf({ ip, why, counted: why === null, id, atMs })
        if (stem === null) seen.note(event)
        else seen.note(event, { stem, offset: i })
        plain.note(ip, why ?? 'counted', id, atMs)
      })
      for (const { ip } of lines) {
        const found = seen.of(ip)
        const told = found && {
          lines: Object.fromEntries([...found.lines].map(([why, { count, newest }]) => [why, { count, newest }])),
          countedMs: found.countedMs,
        }
        expect(told).toEqual(plain.of(ip))
      }
    }),
  )
})

describe('why a line does not count', () => {
  test.each([
    ['counted', {}],
    ['shadow', { shadow: true, counted: false }],
    ['challenge', { counted: false, kind: 'auth_challenge' }],
    ['success', { counted: false, kind: 'registration' }],
    ['success', { counted: false, kind: 'auth_success' }],
    ['request', { counted: false, kind: 'request' }],
    ['uncounted', { counted: false, kind: 'door_knock' }],
    ['forgeable', { counted: false, why: 'forgeable' }],
    ['hep', { counted: false, why: 'hep' }],
  ] as const)('%s', (why, given) => {
    expect(whyNotCounted(eventOf(given))).toBe(why)
  })
})
