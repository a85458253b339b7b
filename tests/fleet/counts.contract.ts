import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Counting, SharedCounts } from '../../src/fleet/counts.ts'
import { slotOf } from '../../src/fleet/counts-keys.ts'
import { brief, countingOf, jailOf, SECOND, START_MS, stuffingOf } from './countings.ts'
import { ReferenceCounts } from './counts-reference.ts'

type Counts = Pick<SharedCounts, 'count' | 'forget' | 'close'>

export interface CountsUnderTest {
  /** Of so many nodes, which share what they count. Nothing is counted yet. */
  nodes(count: number): Promise<Counts[]>
  close(): Promise<void>
}

const NETWORKS = ['192.0.2.1', '192.0.2.2', '2001:db8::/64', '2001:db8:0:1::/64']
const USERS = ['alice@example.net', 'bob', '}{user}', 'ünal']

/** What every implementation of shared counts does. */
export function testCounts(name: string, open: () => Promise<CountsUnderTest>): void {
  describe(`shared counts: ${name}`, { timeout: 60_000 }, () => {
    let under: CountsUnderTest
    let here: Counts
    let there: Counts
    beforeAll(async () => {
      under = await open()
    }, 60_000)
    afterAll(() => under?.close())
    beforeEach(async () => {
      ;[here, there] = (await under.nodes(2)) as [Counts, Counts]
    })
    afterEach(() => {
      for (const counts of [here, there]) counts.close()
    })

    const full = async (counts: Counts, ...countings: Counting[]) => brief(await counts.count(countings))

    test('an address that shows each node one guess fills the window', async () => {
      expect(await full(here, countingOf('a', 0))).toEqual([])
      expect(await full(there, countingOf('b', 1, { proved: true }))).toEqual([])
      const last = countingOf('c', 2)
      const at = (second: number) => START_MS + second * SECOND
      expect(await here.count([last])).toEqual([
        {
          counting: last,
          stage: 1,
          hits: [
            { atMs: at(0), id: 'a', value: null, proved: false },
            { atMs: at(1), id: 'b', value: null, proved: true },
            { atMs: at(2), id: 'c', value: null, proved: false },
          ],
        },
      ])
      expect(await full(there, countingOf('d', 3))).toEqual([])
    })

    test('an id never counts twice, whoever sends it, and not after its window was full', async () => {
      expect(await full(here, countingOf('a', 0), countingOf('a', 0), countingOf('b', 1))).toEqual([])
      expect(await full(there, countingOf('b', 1), countingOf('a', 0))).toEqual([])
      expect(await full(there, countingOf('c', 2))).toEqual(['1: a b c'])
      const again = ['a', 'b', 'c'].map((id, i) => countingOf(id, i))
      expect(await full(here, ...again, countingOf('d', 3), countingOf('e', 3))).toEqual([])
      expect(await full(here, countingOf('f', 3))).toEqual(['1: d e f'])
    })

    test('windows of other jails, other rules and other keys do not mix', async () => {
      const others = [
        { signature: 'ffffffff' },
        { jail: jailOf({ name: 'sip-knock' }) },
        { network: '192.0.2.8' },
        { key: '192.0.2.7:5060/udp' },
      ]
      for (const [i, other] of others.entries()) {
        expect(await full(here, countingOf(`a${i}`, 0, other), countingOf(`b${i}`, 1, other))).toEqual([])
      }
      for (const [i, other] of others.entries()) expect(await full(there, countingOf(`c${i}`, 1, other))).toEqual([`1: a${i} b${i} c${i}`])
    })

    test('a late hit fills the latest window that holds it', async () => {
      expect(await full(here, ...[0, 8, 16, 24].map((second) => countingOf(`t${second}`, second)))).toEqual([])
      expect(await full(there, countingOf('late', 12))).toEqual(['1: t8 late t16'])
      expect(await full(here, countingOf('older', 3))).toEqual([])
      expect(await full(here, countingOf('too-late', 3, { atMs: START_MS + 3 * SECOND }))).toEqual([])
    })

    test('a window that may not fire is bounded, and fires when it may', async () => {
      const many = Array.from({ length: 50 }, (_, i) => countingOf(`m${i}`, i / 10, { mayFire: false }))
      expect(await full(here, ...many)).toEqual([])
      expect(await full(there, countingOf('last', 5))).toEqual(['1: m44 m45 m46 m47 m48 m49 last'])
    })

    test('different values are counted, and a repeated one pushes nothing out', async () => {
      const jail = jailOf({ distinct: 'user' })
      const guess = (id: string, second: number, value: string | null) => countingOf(id, second, { jail, value })
      expect(await full(here, guess('a', 0, 'alice'), guess('b', 1, 'bob'))).toEqual([])
      const many = Array.from({ length: 40 }, (_, i) => guess(`b${i}`, 1 + i / 10, 'bob'))
      expect(await full(there, ...many, guess('nobody', 5, null))).toEqual([])
      const [found] = await here.count([guess('c', 6, 'carol')])
      expect([...new Set(found!.hits.map(({ value }) => value))]).toEqual(['alice', 'bob', 'carol'])
    })

    test('a user under attack from many addresses arms the second window of each', async () => {
      const ips = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
      expect(await full(here, stuffingOf('a0', 0, 'bob', ips[0]!), stuffingOf('a1', 1, 'bob', ips[1]!))).toEqual([])
      expect(await full(there, stuffingOf('x', 2, 'alice', ips[0]!), stuffingOf('y', 2, 'alice', ips[0]!))).toEqual([])
      expect(await full(there, stuffingOf('a2', 2, 'bob', ips[2]!))).toEqual(['1: a0 a1 a2'])
      expect(await full(here, stuffingOf('b', 3, 'bob', ips[0]!))).toEqual(['2: a0 b'])
      const alone = { key: `bob 192.0.2.4`, mayFire: true, alone: true }
      expect(await full(there, stuffingOf('proved', 3, 'bob', '192.0.2.4', { second: alone, proved: true }))).toEqual(['2: proved'])
      expect(await full(there, stuffingOf('late', 14, 'bob', '192.0.2.5', { second: { ...alone, key: 'bob 192.0.2.5' } }))).toEqual([])
    })

    test('a late window arms the second no shorter than a later one did', async () => {
      const attack = (...seconds: number[]) => seconds.map((second) => stuffingOf(`t${second}`, second, 'bob', `192.0.2.${second}`))
      expect(await full(here, ...attack(20, 21))).toEqual([])
      expect(await full(here, ...attack(22))).toEqual(['1: t20 t21 t22'])
      expect(await full(there, ...attack(9, 10))).toEqual([])
      expect(await full(there, ...attack(11))).toEqual(['1: t9 t10 t11'])
      const alone = { key: 'bob 192.0.2.30', mayFire: true, alone: true }
      expect(await full(here, stuffingOf('armed', 32, 'bob', '192.0.2.30', { second: alone }))).toEqual(['2: armed'])
    })

    test('a long window’s ids are all known again', async () => {
      const jail = jailOf({ maxretry: 40 })
      const of = (name: string, count: number) => Array.from({ length: count }, (_, i) => countingOf(`${name}${i}`, i / 10, { jail }))
      expect(await full(here, ...of('a', 40))).toEqual([expect.stringMatching(/^1: a0 .* a39$/)])
      expect(await full(there, ...of('a', 40), ...of('b', 39))).toEqual([])
      expect(await full(here, ...of('a', 40), ...of('b', 40))).toEqual([expect.stringMatching(/^1: b0 (?:b\d+ )*b39$/)])
    })

    test('one event can fill both windows', async () => {
      const ip = '192.0.2.1'
      await full(here, stuffingOf('a', 0, 'bob', ip), stuffingOf('b', 1, 'bob', '192.0.2.2'))
      const alone = { key: 'bob 192.0.2.3', mayFire: true, alone: true }
      expect(await full(there, stuffingOf('c', 2, 'bob', '192.0.2.3', { second: alone }))).toEqual(['1: a b c', '2: c'])
    })

    test('the events of a forgotten network no longer count, those that came and those still to come', async () => {
      for (const network of ['192.0.2.9', '2001:db8::/64', '2001:db8:0:9::7']) {
        const of = { network }
        expect(await full(here, countingOf(`${network}a`, 0, of), countingOf(`${network}b`, 1, of))).toEqual([])
        await there.forget(network, START_MS + 2 * SECOND)
        await there.forget(network, START_MS)
        expect(
          await full(here, countingOf(`${network}c`, 2, of), countingOf(`${network}d`, 3, of), countingOf(`${network}e`, 4, of)),
        ).toEqual([])
        expect(await full(there, countingOf(`${network}f`, 4, of))).toEqual([`1: ${network}d ${network}e ${network}f`])
      }
    })

    test('where users are counted, a forgotten network is no attacker and no window of its own is full', async () => {
      const ips = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']
      await full(here, stuffingOf('a0', 0, 'bob', ips[0]!), stuffingOf('a1', 1, 'bob', ips[1]!))
      await there.forget(ips[0]!, START_MS + SECOND)
      expect(await full(here, stuffingOf('a2', 2, 'bob', ips[2]!))).toEqual([])
      expect(await full(there, stuffingOf('a3', 2, 'bob', ips[3]!))).toEqual(['1: a1 a2 a3'])
      await there.forget(ips[1]!, START_MS + 2 * SECOND)
      expect(await full(here, stuffingOf('b1', 3, 'bob', ips[1]!))).toEqual([])
      expect(await full(here, stuffingOf('c1', 4, 'bob', ips[1]!))).toEqual(['2: b1 c1'])
      expect(await full(here, stuffingOf('b2', 4, 'bob', ips[2]!))).toEqual(['2: a2 b2'])
    })

    const event = fc.record({
      node: fc.nat(2),
      second: fc.integer({ min: 0, max: 45 }),
      network: fc.constantFrom(...NETWORKS),
      user: fc.constantFrom(...USERS),
      proved: fc.boolean(),
      mayFire: fc.boolean(),
      alone: fc.boolean(),
      again: fc.boolean(),
      ending: fc.boolean(),
      forgets: fc.integer({ min: 0, max: 12 }),
    })
    const jails = fc
      .record({
        by: fc.constantFrom(['ip'] as const, ['user'] as const, ['user', 'ip'] as const),
        distinct: fc.constantFrom(null, 'ip' as const, 'user' as const),
        maxretry: fc.integer({ min: 1, max: 4 }),
        // biome-ignore lint/suspicious/noThenProperty: a jail's key
        then: fc.option(
          fc.record({
            by: fc.constantFrom(['ip'] as const, ['user'] as const, ['user', 'ip'] as const),
            maxretry: fc.integer({ min: 1, max: 3 }),
            findtimeMs: fc.constantFrom(5 * SECOND, 20 * SECOND),
          }),
        ),
      })
      .map(jailOf)

    test('any events from any nodes, in any order, fill the windows that plain counting fills', async () => {
      const keyOf = (by: readonly string[], user: string, network: string) =>
        by.length > 1 ? `${user} ${network}` : by[0] === 'ip' ? network : user
      let run = 0
      await fc.assert(
        fc.asyncProperty(jails, fc.array(event, { minLength: 20, maxLength: 60 }), async (jail, events) => {
          const reference = new ReferenceCounts()
          const nodes = await under.nodes(3)
          const signature = String(run++).padStart(8, '0')
          const seen: Counting[] = []
          const forgotten = new Map<string, number>()
          let batch: Counting[] = []
          for (const [i, { node, second, network, user, ...given }] of events.entries()) {
            const own = { key: keyOf(jail.then?.by ?? [], user, network), mayFire: given.mayFire, alone: given.alone }
            const counting = countingOf(`n:${run}:${i}`, second, {
              ...{ jail, signature, network, proved: given.proved, mayFire: given.mayFire || jail.then !== null },
              ...{ key: keyOf(jail.by, user, network), value: jail.distinct && (jail.distinct === 'ip' ? network : user) },
              second: jail.then && own,
            })
            // Where windows do not lie by network, its own node refuses a forgotten network's event.
            if (slotOf(jail) !== 'network' && counting.atMs <= (forgotten.get(network) ?? 0)) continue
            const before = seen[i % Math.max(seen.length, 1)] ?? counting
            const isOld = given.again && before.atMs > (forgotten.get(before.network) ?? 0)
            batch.push(isOld ? before : counting)
            seen.push(counting)
            // Where Redis asks first, those that follow in a batch may be taken first.
            if (!given.ending && slotOf(jail) === 'network') continue
            expect(await nodes[node]!.count(batch)).toEqual(await reference.count(batch))
            batch = []
            if (given.forgets > 0) continue
            forgotten.set(network, Math.max(counting.atMs, forgotten.get(network) ?? 0))
            await nodes[node]!.forget(network, counting.atMs)
            await reference.forget(network, counting.atMs)
          }
          for (const counts of nodes) counts.close()
        }),
        { numRuns: 60 },
      )
    })
  })
}
