import type { RecordEntry, Records, Suspicion } from '../records/types.ts'
import type { State } from '../state/state.ts'
import type { Degraded } from './degraded.ts'
import { EntryRefused } from './entry-refused.ts'

/** Records of one moment go together. */
const DEBOUNCE_MS = 100
const BATCH = 500
const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 10_000
const PURGE_EVERY_MS = 3_600_000
/** Rows that are dropped in one go. */
const DROP_AT_ONCE = 5000
/** At the stop. What is not written then waits for the next start. */
const LAST_TRY_MS = 2000
/** Of more that wait the oldest are dropped: what is asked for is mostly the newest, and a registration that is refreshed comes again. */
const MOST_WAITING = 200_000

type Waiting = Awaited<ReturnType<State['outbox']>>[number]

export interface RecordWriterOptions {
  readonly state: Pick<State, 'outbox' | 'delivered' | 'waiting'>
  readonly records: Pick<Records, 'write' | 'purge'>
  /** What is older is removed. */
  readonly keepMs: () => number
  readonly degraded: Pick<Degraded, 'set' | 'clear'>
  /** Epoch ms. */
  readonly now: () => number
  /** What registrations say of devices that is worth an alert. One may come again after a restart. */
  readonly onSuspicions: (suspicions: readonly Suspicion[]) => void
}

export interface RecordWriter {
  /** Something was committed to the outbox. Also to be called once at the start: something may have waited since the last one. */
  wake(): void
  /** So many records were dropped elsewhere (`onLost` of the journal). */
  lost(records: number): void
  /** Why the records cannot be written now; null: they can, as far as is known. */
  readonly trouble: string | null
  /** Records that were dropped since the start: too many waited, or the database refused them. */
  readonly dropped: { readonly lost: number; readonly refused: number }
  /** Tries once more, for two seconds at the most. What is not written stays in the outbox. */
  stop(): Promise<void>
}

/**
 * Carries records from the outbox to the database, in order, each exactly once: what was written and not yet taken out of the outbox when the
 * process died is written again, and changes nothing. While the database is away they wait, and it is tried again; one that a working database
 * refuses is dropped. Old records are removed every hour.
 */
export function createRecordWriter({ state, records, keepMs, degraded, now, onSuspicions }: RecordWriterOptions): RecordWriter {
  const dropped = { lost: 0, refused: 0 }
  let trouble: string | null = null
  let timer: NodeJS.Timeout | null = null
  let working: Promise<void> | null = null
  let woken = false
  let ending = false
  let stopped = false
  let retryMs = FIRST_RETRY_MS
  let purgeAtMs = 0

  function schedule(delayMs: number): void {
    if (ending || timer !== null) return
    timer = setTimeout(() => {
      timer = null
      woken = false
      working = work().finally(() => {
        working = null
        if (woken) schedule(DEBOUNCE_MS)
      })
    }, delayMs)
  }

  async function work(): Promise<void> {
    try {
      await deliver()
      if (now() >= purgeAtMs && !ending) {
        purgeAtMs = now() + PURGE_EVERY_MS
        await records.purge(now() - keepMs())
      }
      retryMs = FIRST_RETRY_MS
      tellTrouble(null)
    } catch (error) {
      tellTrouble((error as Error).message)
      schedule(retryMs)
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)
    }
  }

  /** All that waits. */
  async function deliver(): Promise<void> {
    while (!stopped) {
      await dropExcess()
      const rows = await state.outbox(BATCH)
      if (rows.length === 0) return
      await write(rows)
    }
  }

  async function dropExcess(): Promise<void> {
    let excess = (await state.waiting()) - MOST_WAITING
    for (; excess > 0; excess -= DROP_AT_ONCE) {
      const rows = await state.outbox(Math.min(excess, DROP_AT_ONCE))
      await state.delivered(rows.map(({ seq }) => seq))
      tellLost(rows.length)
    }
  }

  /** In halves where the database refuses some of them, until it is known which. */
  async function write(rows: readonly Waiting[]): Promise<void> {
    try {
      const suspicions = await records.write(rows.map(({ data }) => entryOf(data)))
      if (suspicions.length > 0) onSuspicions(suspicions)
    } catch (error) {
      if (!(error instanceof EntryRefused)) throw error
      if (rows.length > 1) {
        const half = rows.length >> 1
        await write(rows.slice(0, half))
        return write(rows.slice(half))
      }
      tellRefused(error.message)
    }
    await state.delivered(rows.map(({ seq }) => seq))
  }

  /** Aloud the first time; from then on `status` has the number. */
  function tellLost(count: number): void {
    const isFirst = dropped.lost === 0
    dropped.lost += count
    degraded.set('records lost', `${dropped.lost} records were lost, for more waited than there is room for`, null, !isFirst)
  }

  function tellRefused(why: string): void {
    const isFirst = dropped.refused === 0
    dropped.refused++
    degraded.set(
      'records refused',
      `${dropped.refused} records were refused by the database and dropped, the last one: ${why}`,
      null,
      !isFirst,
    )
  }

  function tellTrouble(why: string | null): void {
    trouble = why
    if (stopped) return
    if (why === null) degraded.clear('records', 'the records are written again')
    else degraded.set('records', why, 'they wait on disk and are written when the database is back')
  }

  const hourly = setInterval(() => schedule(0), PURGE_EVERY_MS)

  return {
    wake() {
      // While it works, the end of that work is soon enough; while the database is away, the next try is.
      if (working === null) schedule(DEBOUNCE_MS)
      else woken = true
    },
    lost: tellLost,
    get trouble() {
      return trouble
    },
    dropped,
    async stop() {
      ending = true
      clearInterval(hourly)
      if (timer !== null) clearTimeout(timer)
      timer = null
      const last = (working ?? Promise.resolve()).then(deliver).catch(() => {}) // it waits for the next start
      let limit: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        limit = setTimeout(resolve, LAST_TRY_MS)
      })
      await Promise.race([last, late])
      clearTimeout(limit)
      stopped = true
    },
  }
}

/** @throws EntryRefused where it is none: the disk has changed it */
function entryOf(data: string): RecordEntry {
  try {
    return JSON.parse(data)
  } catch (error) {
    throw new EntryRefused((error as Error).message)
  }
}
