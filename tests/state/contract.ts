import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AllowEntry, AuditEntry, Offence, TokenEntry } from '../../src/kept.ts'
import { EVIDENCE_KEEP_MS, MOST_EVIDENCE, type State } from '../../src/state/state.ts'

import { banOf, effects, plain } from './samples.ts'

/** What every implementation of State promises. `open` gives an empty one. */
export function stateContract(name: string, open: () => Promise<State>): void {
  describe(`a state (${name})`, () => {
    let state: State
    beforeEach(async () => {
      state = await open()
    })
    afterEach(() => state.close())

    test('has a node id of 12 hex digits', () => {
      expect(state.node).toMatch(/^[0-9a-f]{12}$/)
    })

    test('is empty at first, its totals at zero', async () => {
      expect(plain(await state.load())).toEqual({
        positions: [],
        counters: [],
        phones: [],
        bans: [],
        offences: [],
        allow: [],
        tokens: [],
        ledger: [],
        totals: { lines: 0, events: {}, bans: 0 },
      })
    })

    test('shows exactly what was committed', async () => {
      const bans = [
        banOf('192.0.2.7', { untilMs: null }),
        banOf('192.0.2.7', { scope: 'endpoint', port: 5060, transport: 'udp' }),
        banOf('192.0.2.7', { scope: 'endpoint', port: 5060, transport: 'tcp' }),
        banOf('2001:db8::7', { scope: 'prefix', prefix: '2001:db8::/64', untilMs: 1_768_476_645_000.25 }),
      ]
      const offences: Offence[] = [
        { ip: '192.0.2.7', nth: 3, untilMs: null, forgetMs: null },
        { ip: '2001:db8::/64', nth: 1, untilMs: 5, forgetMs: 6.5 },
      ]
      const counters = [
        { jail: 'sip-auth', key: '192.0.2.7', data: '1,2,3' },
        { jail: 'sip-enum', key: '192.0.2.7', data: '4' },
        { jail: 'sip-stuffing', key: "o'brien\0\u{1F4DE}\n@example.com", data: 'a\0b' },
      ]
      await state.commit(
        effects({
          positions: [
            { stream: '/var/log/sip.log', mark: '{"offset":10}' },
            { stream: 'stdin', mark: '' },
          ],
          counters,
          bans,
          offences,
          totals: { lines: 20, events: { failed_auth: 7, flood: 1 }, bans: 4 },
        }),
      )
      const found = await state.load()
      expect(found.positions).toEqual(
        new Map([
          ['/var/log/sip.log', '{"offset":10}'],
          ['stdin', ''],
        ]),
      )
      expect(plain(found)).toEqual(plain({ ...found, counters, bans, offences }))
      expect(found.totals).toEqual({ lines: 20, events: { failed_auth: 7, flood: 1 }, bans: 4 })
    })

    test('keeps the newest of each position, counter, ban and offence', async () => {
      const offence = { ip: '192.0.2.7', nth: 1, untilMs: 1, forgetMs: 2 }
      await state.commit(
        effects({
          positions: [{ stream: 'a', mark: '1' }],
          counters: [{ jail: 'j', key: 'k', data: '1' }],
          bans: [banOf('192.0.2.7')],
          offences: [offence],
        }),
      )
      await state.commit(
        effects({
          positions: [{ stream: 'a', mark: '2' }],
          counters: [{ jail: 'j', key: 'k', data: '2' }],
          bans: [banOf('192.0.2.7', { jail: 'sip-enum', untilMs: null })],
          offences: [{ ...offence, nth: 2 }],
        }),
      )
      expect(plain(await state.load())).toMatchObject({
        positions: [['a', '2']],
        counters: [{ jail: 'j', key: 'k', data: '2' }],
        bans: [banOf('192.0.2.7', { jail: 'sip-enum', untilMs: null })],
        offences: [{ ...offence, nth: 2 }],
      })
    })

    test('adds totals up', async () => {
      await state.commit(effects({ totals: { lines: 3, events: { flood: 1 }, bans: 0 } }))
      await state.commit(effects({ totals: { lines: 4, events: { flood: 2, request: 5 }, bans: 1 } }))
      expect((await state.load()).totals).toEqual({ lines: 7, events: { flood: 3, request: 5 }, bans: 1 })
    })

    test('forgets a counter that comes with empty data', async () => {
      const counters = [
        { jail: 'a', key: 'k', data: '1' },
        { jail: 'b', key: 'k', data: '1' },
      ]
      await state.commit(effects({ counters }))
      await state.commit(effects({ counters: [{ jail: 'a', key: 'k', data: '' }] }))
      expect((await state.load()).counters).toEqual([{ jail: 'b', key: 'k', data: '1' }])
    })

    test('lifts every ban that an address decided, of any scope, and nothing else', async () => {
      const others = [banOf('192.0.2.8'), banOf('2001:db8::8', { scope: 'prefix', prefix: '2001:db8::/64' })]
      const offences = [{ ip: '192.0.2.7', nth: 1, untilMs: 1, forgetMs: 2 }]
      const counters = [{ jail: 'sip-auth', key: '192.0.2.7', data: '1' }]
      const own = [banOf('192.0.2.7'), banOf('192.0.2.7', { scope: 'endpoint', port: 5060, transport: 'udp' })]
      const prefix = banOf('2001:db8:1::7', { scope: 'prefix', prefix: '2001:db8:1::/64' })
      await state.commit(effects({ bans: [...own, prefix, ...others], offences, counters }))
      await state.commit(effects({ lifted: ['192.0.2.7', '2001:db8:1::7', '2001:db8::7'] }))
      const found = await state.load()
      expect(plain(found)).toEqual(plain({ ...found, bans: others, offences, counters }))
    })

    test('bans again what one commit lifts and bans', async () => {
      await state.commit(effects({ bans: [banOf('192.0.2.7'), banOf('192.0.2.7', { scope: 'endpoint', port: 5060, transport: 'udp' })] }))
      await state.commit(effects({ lifted: ['192.0.2.7'], bans: [banOf('192.0.2.7', { nth: 2 })] }))
      expect((await state.load()).bans).toEqual([banOf('192.0.2.7', { nth: 2 })])
    })

    test('forgives the offences of an address, and notes one of the same commit', async () => {
      const offence = (ip: string, nth: number) => ({ ip, nth, untilMs: 1, forgetMs: 2 })
      await state.commit(effects({ offences: [offence('192.0.2.7', 4), offence('192.0.2.8', 4)] }))
      await state.commit(effects({ forgiven: ['192.0.2.7', '192.0.2.8'], offences: [offence('192.0.2.8', 1)] }))
      expect((await state.load()).offences).toEqual([offence('192.0.2.8', 1)])
    })

    test('keeps the newest of each decision of the fleet, and whether it has left', async () => {
      const row = (target: string, data: string, unsent: boolean) => ({ target, data, unsent })
      const first = [row('ban 192.0.2.7 address - -', '1 a', true), row('unban 192.0.2.8', '2 a', true), row('allow ::/0', '3 b', false)]
      await state.commit(effects({ ledger: first }))
      expect(plain(await state.load()).ledger).toEqual(plain({ ...(await state.load()), ledger: first }).ledger)
      await state.commit(effects({ ledger: [{ ...first[0]!, unsent: false }, row('unban 192.0.2.8', '', false)] }))
      await state.commit(effects())
      const left = [{ ...first[0]!, unsent: false }, first[2]!]
      expect(plain(await state.load()).ledger).toEqual(plain({ ...(await state.load()), ledger: left }).ledger)
    })

    test('keeps records in the order of their commits until they are delivered', async () => {
      const row = (key: string, data = key) => ({ key, data })
      expect(await state.outbox(10)).toEqual([])
      await state.commit(effects({ records: [row('b'), row('a\0\u{1F4DE}\n')] }))
      await state.commit(effects({ records: [row('c')] }))
      const waiting = await state.outbox(10)
      expect(waiting.map(({ key, data }) => ({ key, data }))).toEqual([row('b'), row('a\0\u{1F4DE}\n'), row('c')])
      expect(waiting[0]!.seq).toBeLessThan(waiting[1]!.seq)
      expect(await state.waiting()).toBe(3)
      expect(await state.outbox(2)).toEqual(waiting.slice(0, 2))
      await state.delivered([waiting[0]!.seq, waiting[2]!.seq, 12_345])
      expect(await state.outbox(10)).toEqual([waiting[1]])
      expect(await state.waiting()).toBe(1)
    })

    test('has a record take the place of one of the same key at the end, and stay when the one before is delivered', async () => {
      await state.commit(effects({ records: ['a', 'b'].map((key) => ({ key, data: '1' })) }))
      const before = await state.outbox(10)
      await state.commit(effects({ records: [{ key: 'a', data: '2' }] }))
      expect((await state.outbox(10)).map(({ key, data }) => key + data)).toEqual(['b1', 'a2'])
      await state.delivered(before.map(({ seq }) => seq))
      expect((await state.outbox(10)).map(({ key, data }) => key + data)).toEqual(['a2'])
    })

    test('never gives a number twice, also when all are delivered', async () => {
      const numberOf = async () => {
        await state.commit(effects({ records: [{ key: 'a', data: '1' }] }))
        const [row] = await state.outbox(1)
        await state.delivered([row!.seq])
        return row!.seq
      }
      expect(await numberOf()).toBeLessThan(await numberOf())
    })

    test('takes 500 effects in one commit', async () => {
      const many = Array.from({ length: 500 }, (_, i) => i)
      await state.commit(
        effects({
          counters: many.map((i) => ({ jail: 'sip-auth', key: `192.0.2.${i}`, data: String(i) })),
          totals: { lines: 500, events: { failed_auth: 500 }, bans: 0 },
        }),
      )
      const found = await state.load()
      expect(found.counters).toHaveLength(500)
      expect(found.totals).toEqual({ lines: 500, events: { failed_auth: 500 }, bans: 0 })
    })

    test('is not changed by what is done to values given to it or got from it', async () => {
      const position = { stream: 'a', mark: '1' }
      await state.commit(effects({ positions: [position], bans: [banOf('192.0.2.7')] }))
      position.mark = '2'
      const first = await state.load()
      first.bans[0]!.jail = 'another'
      first.totals.lines = 99
      expect(await state.load()).toMatchObject({ positions: new Map([['a', '1']]), bans: [{ jail: 'sip-auth' }], totals: { lines: 0 } })
    })

    test('keeps the allow list: entries are added, replaced and removed', async () => {
      const entry: AllowEntry = { cidr: '192.0.2.0/24', untilMs: null, addedMs: 5, comment: null }
      await state.allow(entry)
      await state.allow({ ...entry, cidr: '2001:db8::/32', comment: 'the branch office' })
      await state.allow({ ...entry, untilMs: 9, comment: 'for a while' })
      expect(plain(await state.load()).allow).toEqual([
        { cidr: '192.0.2.0/24', untilMs: 9, addedMs: 5, comment: 'for a while' },
        { cidr: '2001:db8::/32', untilMs: null, addedMs: 5, comment: 'the branch office' },
      ])
      expect(await state.disallow('192.0.2.0/24')).toBe(true)
      expect(await state.disallow('192.0.2.0/24')).toBe(false)
      expect((await state.load()).allow.map((found) => found.cidr)).toEqual(['2001:db8::/32'])
    })

    test('keeps tokens: they are added, replaced and removed', async () => {
      const token: TokenEntry = { name: 'laptop', role: 'admin', hash: 'a'.repeat(64), addedMs: 5 }
      await state.addToken(token)
      await state.addToken({ ...token, name: 'grafana', role: 'reader' })
      await state.addToken({ ...token, hash: 'b'.repeat(64) })
      expect(plain(await state.load()).tokens).toEqual([
        { ...token, name: 'grafana', role: 'reader' },
        { ...token, hash: 'b'.repeat(64) },
      ])
      expect(await state.removeToken('grafana')).toBe(true)
      expect(await state.removeToken('grafana')).toBe(false)
      expect((await state.load()).tokens.map(({ name }) => name)).toEqual(['laptop'])
    })

    test('tells what was noted, the newest first, of one target, and behind an earlier answer', async () => {
      const entry: AuditEntry = { atMs: 5.5, who: "o'brien\0", from: '192.0.2.1', action: 'ban', target: '192.0.2.7', detail: null }
      expect(await state.audited({ limit: 10 })).toEqual([])
      const entries = [entry, { ...entry, action: 'unban-all', target: null, detail: 'all\n\u{1F4DE}' }, { ...entry, action: 'unban' }]
      for (const one of entries) await state.note(one)
      const found = await state.audited({ limit: 10 })
      expect(found.map(({ id, ...rest }) => rest)).toEqual(entries.toReversed())
      expect(await state.audited({ limit: 2 })).toEqual(found.slice(0, 2))
      expect(await state.audited({ limit: 2, before: found[1]!.id })).toEqual(found.slice(2))
      expect(await state.audited({ limit: 10, target: '192.0.2.7' })).toEqual([found[0], found[2]])
      expect(await state.audited({ limit: 10, target: '192.0.2.7', before: found[0]!.id })).toEqual([found[2]])
    })

    test('remembers named values until they are removed', async () => {
      expect(await state.recall('ignoreip:example.net')).toBeNull()
      await state.remember('ignoreip:example.net', '["192.0.2.1"]')
      await state.remember('ignoreip:example.net', '["192.0.2.2"]')
      await state.remember('empty', '')
      expect(await state.recall('ignoreip:example.net')).toBe('["192.0.2.2"]')
      expect(await state.recall('empty')).toBe('')
      await state.remember('ignoreip:example.net', null)
      expect(await state.recall('ignoreip:example.net')).toBeNull()
    })

    test('keeps the newest evidence of each ban, how it was lifted, and finds it by what the ban stands on', async () => {
      const row = (key: string, place: string, fromMs: number, data: string) => ({ key, place, fromMs, savedMs: 9, data })
      expect(await state.evidence(['192.0.2.7'], 10)).toEqual([])
      await state.commit(effects({ evidence: [row('a', '192.0.2.7', 1, 'first'), row('b', '2001:db8::/64', 3, 'b\0\u{1F4DE}')] }))
      await state.commit(effects({ ends: [{ key: 'a', fromMs: 1, liftedMs: 5, liftedBy: 'unban' }] }))
      await state.commit(
        effects({
          evidence: [row('a', '192.0.2.7', 2, 'second'), row('a', '192.0.2.7', 1, 'first, completed'), row('c', '192.0.2.8', 1, 'c')],
        }),
      )
      const stands = { liftedMs: null, liftedBy: null }
      const [first, second, third] = [
        { ...row('b', '2001:db8::/64', 3, 'b\0\u{1F4DE}'), ...stands },
        { ...row('a', '192.0.2.7', 2, 'second'), ...stands },
        { ...row('a', '192.0.2.7', 1, 'first, completed'), liftedMs: 5, liftedBy: 'unban' },
      ]
      expect(await state.evidence(['192.0.2.7', '2001:db8::/64'], 10)).toEqual([first, second, third])
      expect(await state.evidence(['192.0.2.7', '2001:db8::/64'], 2)).toEqual([first, second])
    })

    test('drops evidence that is older than a month, and of more than it keeps the oldest', async () => {
      const row = (n: number, savedMs: number) => ({ key: `ban ${n}`, place: '192.0.2.7', fromMs: n, savedMs, data: '' })
      await state.commit(effects({ evidence: [row(1, 1), row(2, 1000)] }))
      await state.commit(effects({ evidence: [row(3, EVIDENCE_KEEP_MS + 500)] }))
      expect((await state.evidence(['192.0.2.7'], 10)).map(({ fromMs }) => fromMs)).toEqual([3, 2])
      const many = Array.from({ length: MOST_EVIDENCE - 1 }, (_, i) => row(4 + i, EVIDENCE_KEEP_MS + 500))
      await state.commit(effects({ evidence: many }))
      const kept = await state.evidence(['192.0.2.7'], 2 * MOST_EVIDENCE)
      expect([kept.length, kept.at(-1)!.fromMs]).toEqual([MOST_EVIDENCE, 3])
    })

    test('may be closed twice', async () => {
      await state.close()
      await expect(state.close()).resolves.toBeUndefined()
    })
  })
}
