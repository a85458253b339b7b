import { HIT_WORDS, type Hits, MOST_WINDOWS, type NewHit } from './hits.ts'
import type { KeyKind, Records } from './records.ts'
import type { Store } from './store.ts'

/** When a window is full. */
export interface WindowRule {
  readonly maxretry: number
  readonly findtimeMs: number
  /** Count different values instead of hits. */
  readonly distinct: boolean
}

/** A window of the records of one kind: which of a record's hits are in it is said by a bit. */
export interface Window extends WindowRule {
  readonly name: string
  readonly kind: KeyKind
  readonly tag: number
  readonly bit: number
  /** Most hits that count at a time; as many that have counted are known again. */
  readonly capacity: number
  /** Whether it may be full without firing, because it is not armed or its address had a success. */
  readonly waits: boolean
}

/** An event as a record counts it. `value` is the name or IPv4 address of what a `distinct` window counts; 0: it has none. */
export interface Entry extends NewHit {
  readonly value: number
  readonly valueIsIPv4: boolean
}

/** Hits remembered that were counted and cleared: at least this many, and never fewer than one window holds. */
const FEWEST_SPENT = 16
/** A block of some size stays this full when those have gone that no longer count, else it becomes larger. */
const FULLEST = 0.75
const SMALL_BLOCK = 4

/**
 * The hits of one record in their order: sorted by time, first those that only stand to be known again (spent), then those that count in
 * some window (live). A hit of three jails stands there once.
 */
export class RecordHits {
  readonly #records: Records
  readonly #hits: Hits
  readonly #windowsOf: (tag: number) => readonly Window[]
  readonly #newestMs = new Float64Array(MOST_WINDOWS)
  readonly #spentOf = new Int32Array(MOST_WINDOWS)

  /** @param windowsOf the windows of the records of a tag */
  constructor(store: Store, windowsOf: (tag: number) => readonly Window[]) {
    this.#records = store.records
    this.#hits = store.hits
    this.#windowsOf = windowsOf
  }

  /** Position of the oldest live hit. */
  liveStart(slot: number): number {
    return this.#records.block(slot) + this.#records.spent(slot) * HIT_WORDS
  }

  /** Position after the newest live hit. */
  end(slot: number): number {
    return this.liveStart(slot) + this.#records.live(slot) * HIT_WORDS
  }

  /** The time of the newest hit that entered a window and is still here, or -Infinity. */
  newestMs(slot: number, mark: number): number {
    const hits = this.#hits
    const start = this.#records.block(slot)
    const liveStart = this.liveStart(slot)
    let newestMs = Number.NEGATIVE_INFINITY
    for (let at = this.end(slot) - HIT_WORDS; at >= liveStart; at -= HIT_WORDS) {
      if (!((hits.live(at) | hits.spent(at)) & mark)) continue
      newestMs = hits.atMs(at)
      break
    }
    for (let at = liveStart - HIT_WORDS; at >= start && hits.atMs(at) > newestMs; at -= HIT_WORDS) {
      if (hits.spent(at) & mark) return hits.atMs(at)
    }
    return newestMs
  }

  /** Where the hit of this very line is, or -1. */
  find(slot: number, hit: NewHit): number {
    const liveStart = this.liveStart(slot)
    const live = this.#findIn(liveStart, this.end(slot), hit)
    return live >= 0 ? live : this.#findIn(this.#records.block(slot), liveStart, hit)
  }

  /** Marks the hit of an event, which is put in where it is not known, and stands among the live ones until `settle`. Its position. */
  addMarks(slot: number, entry: Entry, live: number, spent: number): number {
    const known = this.find(slot, entry)
    const at = known < 0 ? this.#insert(slot, entry) : this.#hits.live(known) === 0 ? this.#revive(slot, known) : known
    this.#hits.mark(at, this.#hits.live(at) | live, this.#hits.spent(at) | spent)
    return at
  }

  #insert(slot: number, entry: Entry): number {
    this.#makeRoom(slot)
    const end = this.end(slot)
    const at = this.#after(this.liveStart(slot), end, entry.atMs)
    this.#hits.copy(at, at + HIT_WORDS, (end - at) / HIT_WORDS)
    this.#hits.write(at, entry, entry.value, entry.valueIsIPv4)
    this.#records.setCounts(slot, this.#records.live(slot) + 1, this.#records.spent(slot))
    return at
  }

  /** Puts a spent hit back among the live ones. Returns its position. */
  #revive(slot: number, spent: number): number {
    const liveStart = this.liveStart(slot)
    const at = this.#after(liveStart, this.end(slot), this.#hits.atMs(spent)) - HIT_WORDS
    this.#hits.shift(spent, at)
    this.#records.setCounts(slot, this.#records.live(slot) + 1, this.#records.spent(slot) - 1)
    return at
  }

  /** After marks were taken from live hits: those that count nowhere any more become spent ones, or go. */
  settle(slot: number): void {
    const hits = this.#hits
    let [live, spent] = [this.#records.live(slot), this.#records.spent(slot)]
    const start = this.#records.block(slot)
    let end = this.end(slot)
    for (let at = this.liveStart(slot); at < end; at += HIT_WORDS) {
      if (hits.live(at) !== 0) continue
      if (hits.spent(at) === 0) {
        hits.release(at)
        hits.copy(at + HIT_WORDS, at, (end - at) / HIT_WORDS - 1)
        end -= HIT_WORDS
        at -= HIT_WORDS
      } else {
        hits.shift(at, this.#after(start, start + spent * HIT_WORDS, hits.atMs(at)))
        spent++
      }
      live--
    }
    this.#records.setCounts(slot, live, spent)
  }

  /** Lets every hit keep only these marks; hits without any go. */
  keepMarks(slot: number, marksOf: (at: number, marks: number) => number): void {
    const hits = this.#hits
    const liveStart = this.liveStart(slot)
    const end = this.end(slot)
    let to = this.#records.block(slot)
    let spent = 0
    for (let at = to; at < end; at += HIT_WORDS) {
      const [live, gone] = [hits.live(at), hits.spent(at)]
      const kept = marksOf(at, live | gone)
      if (((live | gone) & kept) === 0) {
        hits.release(at)
        continue
      }
      hits.mark(at, live & kept, gone & kept)
      hits.copy(at, to, 1)
      to += HIT_WORDS
      if (at < liveStart) spent++
    }
    this.#records.setCounts(slot, (to - this.#records.block(slot)) / HIT_WORDS - spent, spent)
    this.settle(slot)
  }

  /** Whether no line that is still to come can need any of it. */
  passed(slot: number, nowMs: number): boolean {
    const hits = this.#hits
    const end = this.end(slot)
    const windows = this.#windowsOf(this.#records.tag(slot))
    for (let at = this.#records.block(slot); at < end; at += HIT_WORDS) {
      const marks = hits.live(at) | hits.spent(at)
      for (const { bit, findtimeMs } of windows) if (marks & (1 << bit) && hits.atMs(at) + 2 * findtimeMs >= nowMs) return false
    }
    return true
  }

  /** Puts all records in the order of their newest hits, as if they had been touched so. */
  reorder(): void {
    const ages = Array.from(this.#records, (slot) => ({ slot, newestMs: this.newestMs(slot, -1) }))
    for (const { slot } of ages.sort((a, b) => a.newestMs - b.newestMs)) this.#records.place(slot)
  }

  #findIn(start: number, end: number, hit: NewHit): number {
    for (let at = end - HIT_WORDS; at >= start; at -= HIT_WORDS) {
      const atMs = this.#hits.atMs(at)
      if (atMs < hit.atMs) break
      if (atMs === hit.atMs && this.#hits.hasId(at, hit)) return at
    }
    return -1
  }

  /** The position after all hits of up to this time. */
  #after(start: number, end: number, atMs: number): number {
    let at = end
    while (at > start && this.#hits.atMs(at - HIT_WORDS) > atMs) at -= HIT_WORDS
    return at
  }

  #makeRoom(slot: number): void {
    const records = this.#records
    const size = records.blockSize(slot)
    const capacity = this.#hits.capacity(size)
    if (records.live(slot) + records.spent(slot) < capacity) return
    if (capacity > 0) this.#expire(slot)
    const count = records.live(slot) + records.spent(slot)
    if (count < capacity && (capacity <= SMALL_BLOCK || count < capacity * FULLEST)) return
    const larger = this.#hits.sizeFor(Math.max(count, capacity) + 1)
    const block = this.#hits.reserve(larger)
    this.#hits.copy(records.block(slot), block, count)
    this.#hits.giveBack(records.block(slot), size)
    records.setBlock(slot, block, larger)
  }

  /** Lets go of what is older than 2 × findtime, and of the oldest spent hits beyond what a window holds. */
  #expire(slot: number): void {
    const hits = this.#hits
    const present = this.#marks(slot)
    const windows = this.#windowsOf(this.#records.tag(slot)).filter(({ bit }) => present & (1 << bit))
    for (const { bit } of windows) {
      this.#newestMs[bit] = this.newestMs(slot, 1 << bit)
      this.#spentOf[bit] = 0
    }
    const start = this.#records.block(slot)
    const liveStart = this.liveStart(slot)
    let spentAt = liveStart - HIT_WORDS
    let liveAt = this.end(slot) - HIT_WORDS
    // From the newest to the oldest of both.
    while (spentAt >= start || liveAt >= liveStart) {
      const isLive = spentAt < start || (liveAt >= liveStart && hits.atMs(liveAt) >= hits.atMs(spentAt))
      const at = isLive ? liveAt : spentAt
      if (isLive) liveAt -= HIT_WORDS
      else spentAt -= HIT_WORDS
      this.#limitSpent(at, windows)
    }
    this.keepMarks(slot, (at, marks) => {
      let kept = 0
      for (const { bit, findtimeMs } of windows) {
        if (marks & (1 << bit) && hits.atMs(at) >= this.#newestMs[bit]! - 2 * findtimeMs) kept |= 1 << bit
      }
      return kept
    })
  }

  /** All windows that any of its hits is or was in. */
  #marks(slot: number): number {
    const end = this.end(slot)
    let marks = 0
    for (let at = this.#records.block(slot); at < end; at += HIT_WORDS) marks |= this.#hits.live(at) | this.#hits.spent(at)
    return marks
  }

  /** Of each window, only so many of the newest spent hits are kept. */
  #limitSpent(at: number, windows: readonly Window[]): void {
    const spent = this.#hits.spent(at)
    let over = 0
    for (const { bit, capacity } of windows) {
      if (spent & (1 << bit) && ++this.#spentOf[bit]! > Math.max(FEWEST_SPENT, capacity)) over |= 1 << bit
    }
    if (over !== 0) this.#hits.mark(at, this.#hits.live(at), spent & ~over)
  }
}
