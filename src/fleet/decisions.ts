import { networkOf } from '../address.ts'
import type { LedgerRow } from '../kept.ts'
import type { Position } from '../types.ts'
import type { Client } from './calls.ts'
import type { Decided, FleetDecision } from './decision.ts'
import { decidedBy, type Entry, entryOf, isOver, placeOf, readEntry, saysTheSame, targetOf, undoneBy } from './entry.ts'
import { Ledger } from './ledger.ts'
import { isNewer } from './order.ts'
import type { Published } from './peers.ts'
import { createSharedMap } from './shared-map.ts'
import type { Item, StreamPosition } from './stored-map.ts'

/** Under this name the place in the stream is among the positions that are journalled. */
export const DECISIONS_STREAM = 'fleet'

const STREAM_LENGTH = 100_000
/** Some 500 bytes each, in memory and on disk. */
const MOST_ENTRIES = 250_000

export interface DecisionsOptions {
  readonly client: Client
  readonly node: string
  readonly prefix: string
  /** What was journalled of `drain().ledger`. */
  readonly rows: readonly LedgerRow[]
  /** The journalled mark of DECISIONS_STREAM, or null. */
  readonly mark: string | null
  readonly now: () => number
  /**
   * What other nodes decided, in an order that may be applied as it stands. To be applied before it first awaits anything; resolves when
   * that is committed together with `drain()`. Where it rejects, the same comes again.
   */
  readonly onEntries: (decided: readonly Decided[]) => Promise<void>
  readonly onState: () => void
  /** Entries kept in the stream, at least. */
  readonly streamLength?: number
  readonly mostEntries?: number
}

/**
 * The decisions of all nodes: what this one decides goes to Redis once it is committed here, and what others decide comes from there. A
 * node's own decision is later than all it knew when it decided, whatever its clock says.
 */
export function createDecisions(options: DecisionsOptions) {
  const { client, node, prefix, rows, mark, now, onEntries, onState, streamLength = STREAM_LENGTH } = options
  const ledger = new Ledger(options.mostEntries ?? MOST_ENTRIES)
  /** Targets whose rows are to be journalled. */
  const changed = new Set<string>()
  /** Targets decided here that are not known to be in Redis; of these, those that are not committed yet. */
  const unsent = new Set<string>()
  const uncommitted = new Set<string>()
  /** Journalled, as far as we know not committed. */
  const drained = new Map<string, Item>()
  /** Applied, and not taken by onEntries. */
  let undelivered: Entry[] = []
  let position = readMark(mark)
  let positionChanged = false
  let refused = 0

  for (const { target, data, unsent: waits } of rows) {
    const entry = readEntry(target, data)
    if (entry === null || apply(entry).length === 0) changed.add(target)
    else {
      changed.delete(target)
      if (waits) {
        unsent.add(target)
        drained.set(target, itemOf(entry))
      }
    }
  }

  function apply(entry: Entry): readonly Entry[] {
    const { news, gone } = ledger.apply(entry, now())
    if (news.length > 0) settle(entry.target)
    for (const target of gone) settle(target)
    return news
  }

  /** Something else is said of it from now on: what this node had to say of it is void. */
  function settle(target: string): void {
    changed.add(target)
    unsent.delete(target)
    uncommitted.delete(target)
  }

  const map = createSharedMap({
    ...{ client, key: `${prefix}:{fleet}:ledger`, node, position, maxLength: streamLength, now, onState },
    async onWritten(written, next) {
      for (const { field, value } of written) {
        const entry = readEntry(field, value)
        if (entry === null) refused++
        else undelivered.push(...apply(entry))
      }
      if (undelivered.length > 0) await onEntries(undelivered.map(decidedBy))
      undelivered = []
      if (next === null) return
      position = next
      positionChanged = true
    },
    *local() {
      for (const entry of ledger) if (!uncommitted.has(entry.target) && !isOver(entry, now())) yield itemOf(entry)
    },
    find(target) {
      const entry = ledger.get(target)
      return entry === undefined || uncommitted.has(target) ? null : itemOf(entry)
    },
    isOver({ field, value }, nowMs) {
      const entry = readEntry(field, value)
      const undone = ledger.get(undoneBy(field))
      return entry !== null && (isOver(entry, nowMs) || (undone !== undefined && !isNewer(value, undone.text)))
    },
    onSent(items) {
      for (const { field, value } of items) if (ledger.get(field)?.text === value && unsent.delete(field)) changed.add(field)
    },
  })

  function note(decision: FleetDecision, atMs: number): void {
    const target = targetOf(decision)
    const known = ledger.get(target)
    // Whoever lifts again means the bans of today.
    const rivals =
      decision.kind === 'unban'
        ? ledger.at(placeOf(target)).filter((other) => other === known || undoneBy(other.target) === target)
        : [known, ledger.get(undoneBy(target))].filter((other) => other !== undefined)
    const liftedMs = rivals.reduce<number | null>((last, { endsMs }) => (endsMs === null ? last : Math.max(last ?? 0, endsMs)), null)
    let entry = entryOf({ ...decision, atMs, node }, liftedMs)
    const isSaidAgain = decision.kind === 'unban' || decision.kind === 'peers'
    if (!isSaidAgain && known && saysTheSame(entry.text, known.text)) return
    for (const { text, atMs: rivalMs } of rivals) {
      if (!isNewer(entry.text, text)) entry = entryOf({ ...decision, atMs: Math.floor(rivalMs) + 1, node }, liftedMs)
    }
    // What others would not read, such as a text that is far too long, holds on this node only.
    if (readEntry(target, entry.text) === null) refused++
    else if (apply(entry).length > 0) {
      unsent.add(target)
      uncommitted.add(target)
    }
  }

  /** What is committed may leave. */
  function committed(): void {
    for (const [target, { value }] of drained) if (ledger.get(target)?.text === value) uncommitted.delete(target)
    map.offer([...drained.values()])
    drained.clear()
  }

  return {
    map,
    start(): void {
      committed()
      map.start()
    },
    /** A decision made here. An unban of an IPv6 address lifts the ban of its /64, too. */
    publish(decision: FleetDecision, atMs: number): void {
      if (decision.kind !== 'unban' || decision.target.includes('/')) note(decision, atMs)
      else for (const target of new Set([decision.target, networkOf(decision.target)])) note({ kind: 'unban', target }, atMs)
    },
    /** What every node has published as `peers:`. */
    peers: () => [...ledger].filter(({ target }) => target.startsWith('peers ')).map((entry) => decidedBy(entry) as Published),
    /** Whether anything is said of what this decision is about. */
    knows: (decision: FleetDecision): boolean => ledger.get(targetOf(decision)) !== undefined,
    /** When it was last unbanned, epoch ms; -Infinity: never, as far as is known. */
    unbannedMs: (place: string): number => ledger.get(`unban ${place}`)?.atMs ?? Number.NEGATIVE_INFINITY,
    /** What changed since it was last asked: to be committed together with the effects of the decisions. */
    drain(): { ledger: LedgerRow[]; positions: Position[] } {
      const ledgerRows = [...changed].map((target): LedgerRow => {
        const entry = ledger.get(target)
        if (entry && uncommitted.has(target)) drained.set(target, itemOf(entry))
        return { target, data: entry?.text ?? '', unsent: unsent.has(target) }
      })
      changed.clear()
      const moved = positionChanged && position ? [{ stream: DECISIONS_STREAM, mark: `${position.epoch} ${position.id}` }] : []
      positionChanged = false
      return { ledger: ledgerRows, positions: moved }
    },
    committed,
    /** Forgets what is over. To be called now and then. */
    expire(): void {
      for (const target of ledger.expire(now())) settle(target)
    },
    /** Decisions of this node that are not in Redis; all entries; those of others that made no sense. */
    sizes: () => ({ outbox: unsent.size, entries: ledger.size, refused }),
    /** Every decision in force and every one that takes another back, as they stand here. */
    standing: (): Decided[] => [...ledger].map(decidedBy),
  }
}

function itemOf({ target, text }: Entry): Item {
  return { field: target, above: undoneBy(target), value: text }
}

function readMark(mark: string | null): StreamPosition | null {
  const [epoch, id] = mark?.split(' ') ?? []
  return epoch && id ? { epoch, id } : null
}
