import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Changes, createJournal, type Journal } from '../../src/daemon/journal.ts'
import { openMemory } from '../../src/state/index.ts'
import type { Effects, State } from '../../src/state/state.ts'
import { aBan, prefixBan } from '../api/fake-control.ts'
import { noChanges } from './no-changes.ts'

let memory: State
let committed: Effects[]
let broken: boolean
let takesMs: number
let said: (string | null)[]
let lost: number
let changes: Partial<Changes>
let journal: Journal

beforeEach(() => {
  vi.useFakeTimers()
  memory = openMemory()
  committed = []
  broken = false
  takesMs = 0
  said = []
  lost = 0
  changes = {}
  const state: State = {
    ...memory,
    async commit(effects) {
      if (broken) throw new Error('no space')
      committed.push(structuredClone(effects))
      if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs))
      await memory.commit(effects)
    },
  }
  journal = createJournal({
    state,
    drain() {
      const drained = { ...noChanges(), ...changes }
      changes = {}
      return drained
    },
    onCommitted() {},
    onTrouble: (error) => said.push(error?.message ?? null),
    onLost: (records) => {
      lost += records
    },
  })
})
afterEach(() => void vi.useRealTimers())

const at = (mark: string) => ({ stream: 'log', mark })
const row = (key: string, data: string) => ({ key, data })
const totals = (lines: number) => ({ lines, events: { flood: lines }, bans: 0 })

test('positions wait a moment for each other and go with their effects in one commit', async () => {
  changes = { totals: totals(1) }
  journal.note(at('1'))
  journal.note(at('2'))
  expect(committed).toEqual([])
  await vi.advanceTimersByTimeAsync(20)
  expect(committed).toMatchObject([{ positions: [at('2')], totals: totals(1) }])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(committed).toHaveLength(1)
})

test('after a commit that took long the next one waits, but never longer than half a second', async () => {
  const commitTaking = async (ms: number) => {
    takesMs = ms
    journal.note(at('a'))
    await vi.advanceTimersByTimeAsync(500)
    await vi.advanceTimersByTimeAsync(ms)
    const before = committed.length
    journal.note(at('b'))
    return async (afterMs: number) => {
      await vi.advanceTimersByTimeAsync(afterMs)
      return committed.length - before
    }
  }
  const afterQuick = await commitTaking(1)
  expect([await afterQuick(19), await afterQuick(1)]).toEqual([0, 1])
  const afterSlow = await commitTaking(10)
  expect([await afterSlow(189), await afterSlow(1)]).toEqual([0, 1])
  const afterSlowest = await commitTaking(1000)
  expect([await afterSlowest(499), await afterSlowest(1)]).toEqual([0, 1])
})

test('what cannot be written is kept, merged with what follows, and written when it can be', async () => {
  const [old, anew] = [aBan({ nth: 1 }), aBan({ nth: 2 })]
  broken = true
  changes = {
    bans: [old, prefixBan(), aBan({ ip: '2001:db8::7' })],
    counters: [{ jail: 'sip-auth', key: 'a', data: '1' }],
    totals: totals(2),
    offences: [{ ip: '192.0.2.7', nth: 1, untilMs: 1, forgetMs: 2 }],
  }
  journal.note(at('1'))
  await vi.advanceTimersByTimeAsync(20)
  changes = {
    lifted: ['192.0.2.7'],
    forgiven: ['192.0.2.7'],
    counters: [{ jail: 'sip-auth', key: 'a', data: '' }],
    totals: totals(3),
  }
  journal.note(at('2'))
  await vi.advanceTimersByTimeAsync(5000)
  expect(said).toContain('no space')
  broken = false
  changes = { bans: [anew] }
  await vi.advanceTimersByTimeAsync(1000)
  expect(said.at(-1)).toBe(null)
  expect(committed).toEqual([
    {
      positions: [at('2')],
      phones: [],
      evidence: [],
      ends: [],
      counters: [{ jail: 'sip-auth', key: 'a', data: '' }],
      // Two bans that one address decided, of its /64 and of itself, are two.
      bans: [prefixBan(), aBan({ ip: '2001:db8::7' }), anew],
      lifted: ['192.0.2.7'],
      offences: [],
      forgiven: ['192.0.2.7'],
      ledger: [],
      records: [],
      totals: totals(5),
    },
  ])
  expect((await memory.load()).bans).toHaveLength(3)
})

test('records go with the positions of their lines, once, the newest of a key at the end', async () => {
  broken = true
  changes = { records: [row('a', '1'), row('b', '1')] }
  journal.note(at('1'))
  await vi.advanceTimersByTimeAsync(20)
  broken = false
  changes = { records: [row('a', '2')] }
  await vi.advanceTimersByTimeAsync(1000)
  await journal.flush()
  expect(committed.map(({ positions, records }) => ({ positions, records }))).toEqual([
    { positions: [at('1')], records: [row('b', '1'), row('a', '2')] },
    { positions: [], records: [] },
  ])
})

test('while the state cannot be written 20,000 records wait, and of more the oldest are dropped and told', async () => {
  broken = true
  changes = { records: Array.from({ length: 20_000 }, (_, i) => row(String(i), '1')) }
  await journal.flush()
  changes = { records: [row('0', '2'), row('x', '1'), row('y', '1')] }
  await journal.flush()
  expect(lost).toBe(2)
  broken = false
  await journal.flush()
  expect(committed[0]?.records).toHaveLength(20_000)
  expect(committed[0]?.records?.[0]).toEqual(row('3', '1'))
  expect(committed[0]?.records?.slice(-3)).toEqual([row('0', '2'), row('x', '1'), row('y', '1')])
})

test('evidence and ends of bans go with the bans, of each ban the newest; of too much that waits the oldest is dropped', async () => {
  const row = (fromMs: number, data = '') => ({ key: 'a', place: '192.0.2.7', fromMs, savedMs: 1, data })
  const end = { key: 'a', fromMs: 1, liftedMs: 2, liftedBy: 'unban' as const }
  broken = true
  changes = { evidence: Array.from({ length: 2001 }, (_, i) => row(i)), ends: [end] }
  journal.note(at('1'))
  await vi.advanceTimersByTimeAsync(20)
  broken = false
  changes = { evidence: [row(1, 'completed')] }
  await vi.advanceTimersByTimeAsync(1000)
  expect(committed).toHaveLength(1)
  expect(committed[0]!.ends).toEqual([end])
  expect(committed[0]!.evidence).toHaveLength(2000)
  expect(committed[0]!.evidence![0]).toEqual(row(1, 'completed'))
})

test('after the last commit nothing is tried again', async () => {
  broken = true
  journal.note(at('1'))
  await journal.close()
  broken = false
  journal.note(at('2'))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(committed).toEqual([])
})
