import type { CounterRow, EvidenceEnd, EvidenceRow, LedgerRow, Offence, OutboxRow, PhoneRow, Totals } from '../kept.ts'
import type { PipelineChanges } from '../pipeline.ts'
import type { Effects, State } from '../state/state.ts'
import type { Ban, EventKind, Position } from '../types.ts'
import { banKey } from './ban-key.ts'

/** So long effects wait for their commit; a kill -9 in between reads the lines again and decides the same. */
const COMMIT_DELAY_MS = 20
/** Where commits take long they come more rarely, each for more lines: after a pause so many times as long as the last one took … */
const PAUSES = 19
/** … but of this at most: records and the other nodes wait for them, and packets cannot be read again. */
const LONGEST_DELAY_MS = 500
/** While the state cannot be written, it is tried again this often. */
const RETRY_MS = 1000
/** Records that wait in memory while the state cannot be written, about 20 MB; of more the oldest are dropped. */
const MOST_RECORDS = 20_000
/** Evidence that waits likewise, about 10 MB; of more bans the oldest are kept without. */
const MOST_EVIDENCE = 2000

/** What the pipeline changed, and what the fleet's decisions did. */
export interface Changes extends PipelineChanges {
  readonly ledger: readonly LedgerRow[]
  /** Where the reading of them has come to. */
  readonly positions: readonly Position[]
  /** For the outbox. */
  readonly records: readonly OutboxRow[]
  readonly evidence: readonly EvidenceRow[]
  readonly ends: readonly EvidenceEnd[]
}

export interface JournalOptions {
  readonly state: State
  /** Everything that changed since the last call. */
  readonly drain: () => Changes
  /** All that was drained is committed. */
  readonly onCommitted: () => void
  /** Called with the error when a commit fails and with null when one succeeds again. */
  readonly onTrouble: (error: Error | null) => void
  /** So many records were dropped, for the state could not be written for long. Default: nobody is told. */
  readonly onLost?: (records: number) => void
}

/** Collects positions and the effects of the lines up to them, and commits both together. A failed commit loses nothing but records (`onLost`): it is merged into the next. */
export function createJournal({ state, drain, onCommitted, onTrouble, onLost = () => {} }: JournalOptions) {
  const positions = new Map<string, Position>()
  /** What a commit that failed should have written; null: there is nothing. */
  let unwritten: Unwritten | null = null
  let timer: NodeJS.Timeout | null = null
  let delayMs = COMMIT_DELAY_MS
  let closed = false
  let queue: Promise<void> = Promise.resolve()

  async function commit(): Promise<void> {
    const startMs = performance.now()
    const changes = drain()
    for (const position of changes.positions) positions.set(position.stream, position)
    if (unwritten !== null) keep(unwritten, changes)
    const written = new Map(positions)
    try {
      await state.commit({ ...(unwritten === null ? changes : listOf(unwritten)), positions: [...written.values()] })
    } catch (error) {
      if (unwritten === null) {
        unwritten = noEffects()
        keep(unwritten, changes)
      }
      onTrouble(error as Error)
      schedule(RETRY_MS)
      return
    }
    delayMs = Math.min(Math.max(COMMIT_DELAY_MS, PAUSES * (performance.now() - startMs)), LONGEST_DELAY_MS)
    onCommitted()
    for (const [stream, position] of written) if (positions.get(stream) === position) positions.delete(stream)
    if (unwritten !== null) onTrouble(null)
    unwritten = null
  }

  function keep(kept: Unwritten, changes: Changes): void {
    merge(kept, changes)
    dropOldest(kept.evidence, MOST_EVIDENCE)
    const lost = dropOldest(kept.records, MOST_RECORDS)
    if (lost > 0) onLost(lost)
  }

  function schedule(delayMs: number): void {
    if (!closed) timer ??= setTimeout(() => void flush(), delayMs)
  }

  /** Commits what has been noted so far; resolves also when the state refused it (onTrouble has been told). */
  function flush(): Promise<void> {
    if (timer) clearTimeout(timer)
    timer = null
    queue = queue.then(commit)
    return queue
  }

  return {
    /** The lines up to this position have been fed to the pipeline. */
    note(position: Position | null): void {
      if (position) positions.set(position.stream, position)
      if (unwritten === null) schedule(delayMs)
    },
    flush,
    /** The last commit: what it does not write is read again after the next start. */
    close(): Promise<void> {
      closed = true
      return flush()
    },
  }
}
export type Journal = ReturnType<typeof createJournal>

interface Unwritten {
  counters: Map<string, CounterRow>
  phones: Map<string, PhoneRow>
  bans: Map<string, Ban>
  lifted: Set<string>
  offences: Map<string, Offence>
  forgiven: Set<string>
  ledger: Map<string, LedgerRow>
  records: Map<string, OutboxRow>
  evidence: Map<string, EvidenceRow>
  ends: EvidenceEnd[]
  totals: Totals
}

function noEffects(): Unwritten {
  return {
    counters: new Map(),
    phones: new Map(),
    bans: new Map(),
    lifted: new Set(),
    offences: new Map(),
    forgiven: new Set(),
    ledger: new Map(),
    records: new Map(),
    evidence: new Map(),
    ends: [],
    totals: { lines: 0, events: {}, bans: 0 },
  }
}

function listOf({ totals, ...kept }: Unwritten): Omit<Effects, 'positions'> {
  const { counters, phones, bans, lifted, offences, forgiven, ledger, records, evidence, ends } = kept
  return {
    counters: [...counters.values()],
    phones: [...phones.values()],
    bans: [...bans.values()],
    lifted: [...lifted],
    offences: [...offences.values()],
    forgiven: [...forgiven],
    ledger: [...ledger.values()],
    records: [...records.values()],
    evidence: [...evidence.values()],
    ends,
    totals,
  }
}

/** The newest word on each key wins; the state applies what is lifted before what is banned, and what is forgiven before the offences. */
function merge(into: Unwritten, changes: Changes): void {
  for (const row of changes.ledger) into.ledger.set(row.target, row)
  for (const row of changes.records) {
    // To the end: the outbox is in order.
    into.records.delete(row.key)
    into.records.set(row.key, row)
  }
  for (const row of changes.evidence) into.evidence.set(`${row.fromMs} ${row.key}`, row)
  into.ends.push(...changes.ends)
  for (const row of changes.counters) into.counters.set(`${row.jail}\0${row.key}`, row)
  for (const row of changes.phones) into.phones.set(`${row.ip} ${row.user}`, row)
  const lifted = new Set(changes.lifted)
  for (const ip of lifted) into.lifted.add(ip)
  for (const [key, ban] of into.bans) if (lifted.has(ban.ip)) into.bans.delete(key)
  for (const ban of changes.bans) into.bans.set(banKey(ban), ban)
  for (const ip of changes.forgiven) {
    into.forgiven.add(ip)
    into.offences.delete(ip)
  }
  for (const offence of changes.offences) {
    into.offences.set(offence.ip, offence)
    into.forgiven.delete(offence.ip)
  }
  into.totals.lines += changes.totals.lines
  into.totals.bans += changes.totals.bans
  for (const [kind, count] of Object.entries(changes.totals.events)) {
    into.totals.events[kind as EventKind] = (into.totals.events[kind as EventKind] ?? 0) + count
  }
}

function dropOldest(rows: Map<string, unknown>, most: number): number {
  const excess = Math.max(0, rows.size - most)
  for (const key of rows.keys().take(excess)) rows.delete(key)
  return excess
}
