import type { PipelineChanges } from '../pipeline.ts'
import type { Effects, State } from '../state/state.ts'
import type {
  Ban,
  CounterRow,
  EventKind,
  EvidenceEnd,
  EvidenceRow,
  LedgerRow,
  Offence,
  OutboxRow,
  PhoneRow,
  Position,
  Totals,
} from '../types.ts'
import { banKey } from './ban-key.ts'

/** Longest time that effects wait for their commit; a kill -9 in between reads the lines again and decides the same. */
const COMMIT_DELAY_MS = 20
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
  let unwritten = noEffects()
  let timer: NodeJS.Timeout | null = null
  let failing = false
  let closed = false
  let queue: Promise<void> = Promise.resolve()

  async function commit(): Promise<void> {
    const changes = drain()
    merge(unwritten, changes)
    dropOldest(unwritten.evidence, MOST_EVIDENCE)
    const lost = dropOldest(unwritten.records, MOST_RECORDS)
    if (lost > 0) onLost(lost)
    for (const position of changes.positions) positions.set(position.stream, position)
    const effects: Effects = {
      positions: [...positions.values()],
      counters: [...unwritten.counters.values()],
      phones: [...unwritten.phones.values()],
      bans: [...unwritten.bans.values()],
      lifted: [...unwritten.lifted],
      offences: [...unwritten.offences.values()],
      forgiven: [...unwritten.forgiven],
      ledger: [...unwritten.ledger.values()],
      records: [...unwritten.records.values()],
      evidence: [...unwritten.evidence.values()],
      ends: unwritten.ends,
      totals: unwritten.totals,
    }
    const written = new Map(positions)
    try {
      await state.commit(effects)
    } catch (error) {
      failing = true
      onTrouble(error as Error)
      schedule(RETRY_MS)
      return
    }
    unwritten = noEffects()
    onCommitted()
    for (const [stream, position] of written) if (positions.get(stream) === position) positions.delete(stream)
    if (failing) onTrouble(null)
    failing = false
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
      if (!failing) schedule(COMMIT_DELAY_MS)
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
