import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDegraded } from '../../src/daemon/degraded.ts'
import { blamesEntry, EntryRefused } from '../../src/daemon/entry-refused.ts'
import { createRecordWriter, type RecordWriter } from '../../src/daemon/record-writer.ts'
import { SipguardError } from '../../src/errors.ts'
import type { LiftEntry, RecordEntry, Suspicion } from '../../src/records/types.ts'
import { openMemory } from '../../src/state/index.ts'
import type { State } from '../../src/state/state.ts'
import { effects } from '../state/samples.ts'

const away = () => new SipguardError('RECORDS_UNAVAILABLE', 'cannot use the records in x: no route')
const suspicion: Suspicion = {
  kind: 'unauthorized_device',
  ip: '192.0.2.7',
  port: null,
  transport: null,
  user: 'a',
  atMs: 1,
  detail: 'new',
}

let state: State
let written: string[]
let calls: number
let purged: number[]
let said: string[]
let told: Suspicion[]
let nowMs: number
/** What the database does with entries. */
let take: (ids: readonly string[]) => Promise<readonly Suspicion[]>
let degraded: ReturnType<typeof createDegraded>
let writer: RecordWriter

beforeEach(() => {
  vi.useFakeTimers()
  state = openMemory()
  written = []
  calls = 0
  purged = []
  said = []
  told = []
  nowMs = 1_000_000
  take = async () => []
  const now = () => nowMs
  degraded = createDegraded(now, (message) => said.push(message))
  writer = createRecordWriter({
    ...{ state, degraded, now, keepMs: () => 1000, onSuspicions: (list) => void told.push(...list) },
    records: {
      async write(entries: readonly RecordEntry[]) {
        calls++
        const ids = entries.map(({ id }) => id)
        const answer = await take(ids)
        written.push(...ids)
        return answer
      },
      async purge(beforeMs) {
        purged.push(beforeMs)
        return 0
      },
    },
  })
})
afterEach(async () => {
  const stopping = writer.stop()
  await vi.advanceTimersByTimeAsync(5000)
  await stopping
  vi.useRealTimers()
})

async function commit(ids: readonly string[]): Promise<void> {
  const rows = ids.map((id) => ({ key: id, data: JSON.stringify({ type: 'lift', id, atMs: 1 } satisfies LiftEntry) }))
  await state.commit(effects({ records: rows }))
  writer.wake()
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const many = (count: number) => Array.from({ length: count }, (_, i) => `e${i}`)

describe('records that were committed', () => {
  test('are written together a moment later, in order, and leave the outbox', async () => {
    await commit(['a', 'b'])
    await commit(['c'])
    await pass(99)
    expect(written).toEqual([])
    await pass(1)
    expect(written).toEqual(['a', 'b', 'c'])
    expect(calls).toBe(1)
    expect(await state.waiting()).toBe(0)
  })

  test('go in batches of 500', async () => {
    await commit(many(1200))
    await pass(100)
    expect(written).toEqual(many(1200))
    expect(calls).toBe(3)
  })

  test('while others are being written are written next, one write at a time', async () => {
    let release = () => {}
    take = () =>
      new Promise((resolve) => {
        release = () => resolve([])
      })
    await commit(['a'])
    await pass(100)
    await commit(['b'])
    await pass(60_000)
    expect(calls).toBe(1)
    release()
    await pass(200)
    release()
    await pass(0)
    expect(written).toEqual(['a', 'b'])
  })

  test('have the suspicions they give told', async () => {
    take = async () => [suspicion]
    await commit(['a'])
    await pass(100)
    expect(told).toEqual([suspicion])
  })
})

describe('a database that is away', () => {
  test('is tried again, ten seconds apart at the most, said once, and nothing is lost', async () => {
    take = async () => Promise.reject(away())
    await commit(['a'])
    await pass(60_000)
    expect(calls).toBeGreaterThan(6)
    expect(calls).toBeLessThan(15)
    expect(said).toEqual(['cannot use the records in x: no route'])
    expect(degraded.list()).toMatchObject([{ remedy: 'they wait on disk and are written when the database is back' }])
    expect(writer.trouble).toBe('cannot use the records in x: no route')
    take = async () => []
    await commit(['b'])
    await pass(10_000)
    expect(written).toEqual(['a', 'b'])
    expect(said.at(-1)).toBe('the records are written again')
    expect(degraded.list()).toEqual([])
    expect(writer.trouble).toBeNull()
  })

  test('has no entry blamed, however small the batch', async () => {
    take = async () => Promise.reject(away())
    await commit(['a'])
    await pass(60_000)
    expect(await state.waiting()).toBe(1)
    expect(writer.dropped).toEqual({ lost: 0, refused: 0 })
  })

  test('for so long that 200,000 rows wait loses the oldest, and says how many', async () => {
    take = async () => Promise.reject(away())
    await commit(many(200_007))
    await pass(100)
    expect(await state.waiting()).toBe(200_000)
    expect((await state.outbox(1))[0]?.key).toBe('e7')
    writer.lost(3)
    expect(writer.dropped.lost).toBe(10)
    expect(degraded.list().map(({ what }) => what)).toEqual([
      '10 records were lost, for more waited than there is room for',
      'cannot use the records in x: no route',
    ])
    expect(said).toHaveLength(2)
  })
})

describe('an entry that the database refuses', () => {
  const refusing = (...bad: readonly string[]) => {
    take = async (ids) => (ids.some((id) => bad.includes(id)) ? Promise.reject(new EntryRefused('value too odd')) : [])
  }

  test('is dropped alone, counted and told; the others are written in order', async () => {
    refusing('e0', 'e250', 'e251', 'e499')
    await commit(many(500))
    await pass(100)
    expect(written).toEqual(many(500).filter((id) => !['e0', 'e250', 'e251', 'e499'].includes(id)))
    expect(await state.waiting()).toBe(0)
    expect(writer.dropped.refused).toBe(4)
    expect(said).toEqual(['1 records were refused by the database and dropped, the last one: value too odd'])
    expect(degraded.list()).toMatchObject([{ what: '4 records were refused by the database and dropped, the last one: value too odd' }])
  })

  test('is told from a database that goes away meanwhile', async () => {
    let refused = false
    take = async () => {
      if (refused) throw away()
      refused = true
      throw new EntryRefused('value too odd')
    }
    await commit(['a', 'b'])
    await pass(30_000)
    expect(await state.waiting()).toBe(2)
    expect(writer.dropped.refused).toBe(0)
  })

  test('may be one that the disk has changed', async () => {
    await state.commit(effects({ records: [{ key: 'x', data: '{"type":' }] }))
    await commit(['a'])
    await pass(100)
    expect(written).toEqual(['a'])
    expect(writer.dropped.refused).toBe(1)
  })

  test.each([
    ['a constraint of SQLite', new SipguardError('RECORDS_UNAVAILABLE', 'x', { cause: { errcode: 1299 } }), true],
    ['a full disk of SQLite', new SipguardError('RECORDS_UNAVAILABLE', 'x', { cause: { errcode: 13 } }), false],
    ['an encoding of PostgreSQL', new SipguardError('RECORDS_UNAVAILABLE', 'x', { cause: { code: '22021' } }), true],
    ['a full disk of PostgreSQL', new SipguardError('RECORDS_UNAVAILABLE', 'x', { cause: { code: '53100' } }), false],
    ['a deadlock of PostgreSQL', new SipguardError('RECORDS_UNAVAILABLE', 'x', { cause: { code: '40P01' } }), false],
    ['the network', new SipguardError('RECORDS_UNAVAILABLE', 'x', { cause: { code: 'ECONNREFUSED' } }), false],
    ['what has no cause', new SipguardError('RECORDS_UNAVAILABLE', 'x'), false],
    ['a mistake of the program', new TypeError('x'), true],
  ])('is to blame for %s: see the last word', (_, error, blamed) => {
    expect(blamesEntry(error)).toBe(blamed)
  })
})

test('what is old is removed at once and then every hour', async () => {
  await commit(['a'])
  await pass(100)
  expect(purged).toEqual([nowMs - 1000])
  await commit(['b'])
  await pass(100)
  expect(purged).toHaveLength(1)
  nowMs += 3_600_000
  await pass(3_600_000)
  expect(purged).toEqual([999_000, nowMs - 1000])
})

describe('the stop', () => {
  test('writes what still waits', async () => {
    await commit(['a'])
    const stopping = writer.stop()
    await pass(0)
    await stopping
    expect(written).toEqual(['a'])
  })

  test('does not wait for a database that does not answer, and leaves the rest in the outbox', async () => {
    take = () => new Promise(() => {})
    await commit(['a'])
    await pass(100)
    let stopped = false
    const stopping = writer.stop().then(() => {
      stopped = true
    })
    await pass(2000)
    await stopping
    expect(stopped).toBe(true)
    expect(await state.waiting()).toBe(1)
  })

  test('is the end: nothing is tried after it', async () => {
    take = async () => Promise.reject(away())
    await commit(['a'])
    await pass(1000)
    const stopping = writer.stop()
    await pass(2000)
    await stopping
    const before = calls
    writer.wake()
    await pass(7_200_000)
    expect(calls).toBe(before)
  })
})
