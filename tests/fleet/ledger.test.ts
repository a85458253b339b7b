import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../src/fleet/entry.ts'
import { Ledger } from '../../src/fleet/ledger.ts'
import { allow, ban, disallow, entry, HOUR_MS, NODE_A, NODE_B, peers, unban, WEEK_MS } from './entries.ts'

const MOST = 1000
const ip = '192.0.2.7'

function ledgerOf(entries: readonly Entry[], nowMs = 0): Ledger {
  const ledger = new Ledger(MOST)
  for (const one of entries) ledger.apply(one, nowMs)
  return ledger
}

const texts = (ledger: Ledger) => [...ledger].map(({ text }) => text).sort()
const targets = (entries: Iterable<Entry>) => [...entries].map(({ target }) => target)

describe('the ledger', () => {
  test('takes the later of two decisions on one target, whichever comes first', () => {
    const early = entry(ban(ip, { nth: 1 }), 10, NODE_B)
    const late = entry(ban(ip, { nth: 2 }), 11, NODE_A)
    expect(texts(ledgerOf([early, late]))).toEqual([late.text])
    expect(texts(ledgerOf([late, early]))).toEqual([late.text])
  })

  test('takes the one of the greater node where both were made in the same millisecond', () => {
    const a = entry(ban(ip), 10, NODE_A)
    const b = entry(ban(ip), 10, NODE_B)
    expect(texts(ledgerOf([b, a]))).toEqual([b.text])
  })

  test('compares times as numbers', () => {
    const early = entry(ban(ip), 9.5, NODE_B)
    const late = entry(ban(ip), 10.25, NODE_A)
    expect(texts(ledgerOf([late, early]))).toEqual([late.text])
  })

  test('lifts by one unban every ban that stands on the address, of any scope, and none made later', () => {
    const old = [entry(ban(ip), 10), entry(ban(ip, { scope: 'endpoint', port: 5060, transport: 'udp' }), 11)]
    const anew = entry(ban(ip, { scope: 'endpoint', port: 5061, transport: 'tcp' }), 13)
    const lift = entry(unban(ip), 12)
    const ledger = ledgerOf([...old, anew])
    const applied = ledger.apply(lift, 0)
    expect(applied.news).toEqual([lift, anew])
    expect([...applied.gone].sort()).toEqual(targets(old).sort())
    expect(texts(ledger)).toEqual([lift.text, anew.text].sort())
  })

  test('never lets a ban that is older than its unban come back, of any scope', () => {
    const ledger = ledgerOf([entry(unban(ip), 12)])
    for (const old of [ban(ip), ban(ip, { scope: 'endpoint', port: 5060 })]) {
      expect(ledger.apply(entry(old, 11, NODE_B), 0)).toEqual({ news: [], gone: [] })
    }
    expect(ledger.apply(entry(ban(ip), 13), 0).news).toHaveLength(1)
  })

  test('leaves bans of other addresses and allow entries of the same one alone', () => {
    const others = [entry(ban('192.0.2.8'), 1), entry(allow(ip), 2)]
    expect(texts(ledgerOf([...others, entry(unban(ip), 12)]))).toHaveLength(3)
  })

  test('lifts the ban of a /64 by its own unban', () => {
    const prefix = '2001:db8::/64'
    const ledger = ledgerOf([entry(ban('2001:db8::7', { scope: 'prefix', prefix }), 10)])
    ledger.apply(entry(unban('2001:db8::7'), 12), 0)
    expect(targets(ledger)).toContain(`ban ${prefix} prefix - -`)
    ledger.apply(entry(unban(prefix), 12), 0)
    expect(targets(ledger)).not.toContain(`ban ${prefix} prefix - -`)
  })

  test('tells the newer ban of an address again that was heard of before its older unban, and no ban of its /64', () => {
    const anew = entry(ban('2001:db8::7'), 13)
    const whole = entry(ban('2001:db8::7', { scope: 'prefix', prefix: '2001:db8::/64' }), 13)
    const lift = entry(unban('2001:db8::7'), 12)
    expect(ledgerOf([anew, whole]).apply(lift, 0)).toEqual({ news: [lift, anew], gone: [] })
  })

  test('keeps for an allow entry that is taken back that it was', () => {
    const ledger = ledgerOf([entry(disallow('198.51.100.0/24'), 12), entry(allow('198.51.100.0/24'), 11)])
    expect(texts(ledger)).toEqual([entry(disallow('198.51.100.0/24'), 12).text])
  })

  test('says that the same entry again is no news', () => {
    const one = entry(ban(ip), 10)
    expect(ledgerOf([one]).apply(one, 0)).toEqual({ news: [], gone: [] })
  })

  test('comes to the same in whatever order entries come, and however often', () => {
    const place = fc.constantFrom('192.0.2.1', '192.0.2.2')
    const decision = fc.oneof(
      place.map((on) => ban(on)),
      fc.tuple(place, fc.integer({ min: 1, max: 2 })).map(([on, port]) => ban(on, { scope: 'endpoint', port, transport: 'udp' })),
      place.map(unban),
      place.map((on) => allow(on)),
      place.map(disallow),
      place.map((on) => peers(NODE_A, [on])),
    )
    const one = fc
      .tuple(decision, fc.integer({ min: 1, max: 6 }), fc.constantFrom(NODE_A, NODE_B))
      .map(([what, atMs, node]) => entry(what, atMs, node))
    const orders = fc
      .array(one, { maxLength: 14 })
      .chain((entries) =>
        fc.tuple(
          fc.constant(entries),
          fc.shuffledSubarray(entries, { minLength: entries.length }),
          fc.array(fc.nat({ max: Math.max(0, entries.length - 1) }), { maxLength: 10 }),
        ),
      )
    fc.assert(
      fc.property(orders, ([entries, shuffled, again]) => {
        const repeated = entries.length === 0 ? [] : [...again.map((i) => entries[i]!), ...shuffled, ...again.map((i) => entries[i]!)]
        expect(texts(ledgerOf(repeated))).toEqual(texts(ledgerOf(entries)))
      }),
      { numRuns: 500 },
    )
  })

  test('comes to what two of them that exchange all they hold come to', () => {
    const one = fc
      .tuple(fc.constantFrom('ban', 'unban'), fc.integer({ min: 1, max: 9 }), fc.constantFrom(NODE_A, NODE_B))
      .map(([kind, atMs, node]) => entry(kind === 'ban' ? ban(ip) : unban(ip), atMs, node))
    fc.assert(
      fc.property(fc.array(one), fc.array(one), (left, right) => {
        const a = ledgerOf(left)
        const b = ledgerOf(right)
        const all = texts(ledgerOf([...left, ...right]))
        expect(texts(ledgerOf([...a, ...b]))).toEqual(all)
        expect(texts(ledgerOf([...b, ...a]))).toEqual(all)
      }),
    )
  })
})

describe('what the ledger forgets', () => {
  test('a ban, when it is over', () => {
    const ledger = ledgerOf([entry(ban(ip, { untilMs: 100 }), 10)])
    expect(ledger.expire(99)).toEqual([])
    expect(ledger.expire(100)).toEqual([`ban ${ip} address - -`])
    expect(ledger.size).toBe(0)
    expect(ledger.apply(entry(ban(ip, { untilMs: 100 }), 10), 100).news).toEqual([])
  })

  test('an unban, four weeks after it, or when the longest ban that it lifted would have ended', () => {
    expect(entry(unban(ip), 10).endsMs).toBe(10 + 4 * WEEK_MS)
    expect(entry(unban(ip), 10, NODE_A, 10 + 9 * WEEK_MS).endsMs).toBe(10 + 9 * WEEK_MS)
    const ledger = ledgerOf([entry(unban(ip), 10)])
    expect(ledger.expire(9 + 4 * WEEK_MS)).toEqual([])
    expect(ledger.expire(10 + 4 * WEEK_MS)).toEqual([`unban ${ip}`])
  })

  test('never an allow entry or a ban without an end', () => {
    expect(ledgerOf([entry(allow(ip), 1), entry(ban(ip), 1)]).expire(Number.MAX_SAFE_INTEGER)).toEqual([])
  })

  test('peers that were withdrawn, four weeks after', () => {
    expect(entry(peers(NODE_A, ['192.0.2.1']), 10).endsMs).toBeNull()
    expect(entry(peers(NODE_A, []), 10).endsMs).toBe(10 + 4 * WEEK_MS)
  })

  test('past the most it may keep: what is over, then bans that end first, then the oldest unbans, never an allow entry', () => {
    const ledger = new Ledger(4)
    const entries = [
      entry(ban('192.0.2.1', { untilMs: HOUR_MS }), 1),
      entry(ban('192.0.2.2', { untilMs: 3 * HOUR_MS }), 1),
      entry(ban('192.0.2.3', { untilMs: 2 * HOUR_MS }), 1),
      entry(ban('192.0.2.4'), 1),
      entry(unban('192.0.2.5'), 2),
      entry(unban('192.0.2.6'), 1),
      entry(allow('192.0.2.0/24'), 1),
      entry(allow('198.51.100.0/24'), 1),
    ]
    for (const one of entries) ledger.apply(one, 0)
    expect(ledger.expire(HOUR_MS)).toEqual(targets([entries[0]!, entries[2]!, entries[1]!, entries[3]!]))
    ledger.apply(entry(allow('203.0.113.0/24'), 1), 0)
    expect(ledger.expire(HOUR_MS)).toEqual(['unban 192.0.2.6'])
  })
})
