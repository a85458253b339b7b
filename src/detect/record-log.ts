import type { CounterRow } from '../kept.ts'
import { ChunkWriter, readChunk, type WrittenRecord } from './chunk.ts'
import { encodeHit, HIT_WORDS } from './hits.ts'
import type { Layout } from './layout.ts'
import { ANYBODY } from './pairs.ts'
import type { RecordHits } from './record-hits.ts'
import { IS_IPV4, kindOf, PLACE } from './records.ts'
import type { Store } from './store.ts'

/** First character of the chunks' row keys; their number follows. */
export const CHUNK = 'c'
/** Beside those that changed at least so many other records are written anew each time. */
const FEWEST_RENEWED = 32
/** Chunks that nobody needs are dropped a few at a time: the pages of a large one take a moment to be freed. */
const MOST_DROPPED = 8

/**
 * How the journal keeps records: as a log. What changed since the last time goes into one chunk, whole; the newest chunk that has a record has
 * the truth. Each also takes along as many of the others, in turn: when the turn has come round, what is older than its beginning is needed
 * no more. So writing costs twice what changes, and the log stays below some four times what is in memory, without anybody's keeping books of
 * what stands where.
 */
export class RecordLog {
  readonly #store: Store
  readonly #layout: Layout
  readonly #ofRecord: RecordHits
  /** Number of the next chunk. */
  #next = 1
  /** Chunks before this one are not needed, and those before `#dropped` are gone. */
  #since = 1
  #dropped = 1
  /** The chunk in which the present turn began, and the slot that is next in it. */
  #turnSince = 1
  #turn = 1
  /** The next chunk is to hold everything, and none before it is needed. */
  #anew = false
  readonly #restored = new Int32Array(HIT_WORDS)

  constructor(store: Store, layout: Layout, ofRecord: RecordHits) {
    this.#store = store
    this.#layout = layout
    this.#ofRecord = ofRecord
  }

  /** The next chunk holds everything: all chunks of a log name windows by the same bits, and those have changed. */
  beginAnew(): void {
    this.#anew = this.#next > 1
  }

  drain(rows: CounterRow[]): void {
    const renewed = this.#toRenew()
    const { gone, changed } = this.#store.drain()
    // To say what is left is shorter.
    if (gone.length > this.#store.records.size) this.beginAnew()
    if (this.#anew) this.#write(rows, [], [...this.#store.records])
    else if (gone.length + changed.length > 0) this.#write(rows, gone, [...changed, ...renewed])
    const to = Math.min(this.#since, this.#dropped + MOST_DROPPED)
    for (; this.#dropped < to; this.#dropped++) rows.push({ jail: '', key: CHUNK + this.#dropped, data: '' })
  }

  #write(rows: CounterRow[], gone: readonly string[], slots: readonly number[]): void {
    const { records } = this.#store
    const writer = new ChunkWriter(this.#store)
    for (const slot of slots) {
      writer.add(slot)
      records.setJournalled(slot)
    }
    const number = this.#next++
    if (this.#anew) this.#since = number
    else if (this.#turn >= records.end) this.#since = this.#turnSince
    if (this.#anew || this.#turn >= records.end) {
      this.#turnSince = number + 1
      this.#turn = 1
    }
    this.#anew = false
    rows.push({ jail: '', key: CHUNK + number, data: writer.toText(this.#since, this.#layout.listed, gone) })
  }

  /** The records whose turn it is, of those that have not changed. */
  #toRenew(): number[] {
    const { records, changedCount } = this.#store
    const slots: number[] = []
    if (changedCount === 0) return slots
    const most = Math.max(changedCount, FEWEST_RENEWED)
    for (; this.#turn < records.end && slots.length < most; this.#turn++) {
      if (records.isUsed(this.#turn) && !records.isChanged(this.#turn)) slots.push(this.#turn)
    }
    return slots
  }

  /** Takes back what was journalled, before anything is counted; then `arrange` is to lay out the windows that are wanted today. */
  restore(rows: readonly CounterRow[], arrange: () => void): void {
    const texts = new Map(rows.map(({ key, data }) => [Number(key.slice(CHUNK.length)), data]))
    const numbers = [...texts.keys()].sort((a, b) => b - a)
    const [newest] = numbers
    if (newest === undefined) return
    const { since, windows } = readChunk(texts.get(newest)!).head
    this.#layout.adopt(windows)
    const gone = new Set<string>()
    // The newest word on a record comes first.
    for (const number of numbers) if (number >= since) this.#restoreChunk(readChunk(texts.get(number)!), gone)
    this.#ofRecord.reorder()
    this.#since = since
    this.#dropped = numbers.at(-1)!
    this.#next = this.#turnSince = newest + 1
    arrange()
  }

  #restoreChunk({ head, records }: ReturnType<typeof readChunk>, gone: Set<string>): void {
    const { names } = this.#store
    const held = [0, ...head.names.map((name) => names.hold(name))]
    const restored = new Map<number, number>()
    for (const record of records) restored.set(record.number, this.#restoreRecord(record, held, gone))
    for (const [record, bit, untilMs] of head.armed) {
      const slot = restored.get(record)!
      if (slot !== 0) this.#store.arm(slot, bit, untilMs)
    }
    for (const name of held) if (name !== 0) names.release(name)
    for (const key of head.gone) gone.add(key)
  }

  /** Its slot; 0: a newer chunk has said more of it, or there is no room. */
  #restoreRecord({ tag, a, b, hits }: WrittenRecord, held: readonly number[], gone: ReadonlySet<string>): number {
    const store = this.#store
    const first = tag & IS_IPV4 ? a : held[a]!
    const second = held[b]!
    if (store.find(tag, first, second) !== 0 || store.isFull) return 0
    if (gone.size > 0 && gone.has(store.textOfKey(tag, first, second))) return 0
    const slot = store.open(tag, first, second)
    if (kindOf(tag) === PLACE) store.records.setFilter(slot, ANYBODY)
    for (const hit of hits) {
      const value = hit.valueIsIPv4 ? hit.value : held[hit.value]!
      encodeHit({ ...hit, stem: held[hit.stem]!, value }, this.#restored, 0)
      this.#ofRecord.addMarks(slot, this.#restored, hit.live, hit.spent)
    }
    this.#ofRecord.settle(slot)
    store.records.setJournalled(slot)
    return slot
  }
}
