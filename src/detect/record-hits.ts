import { Expiry } from './expiry.ts'
import { atMsOf, compareHits, copyHit, HIT_WORDS, type Hits, type LooseHit, liveOf, marksOf, spentOf } from './hits.ts'
import type { Records } from './records.ts'
import type { Store } from './store.ts'
import type { Window } from './window.ts'
import type { Words } from './words.ts'

/** A block of some size stays this full when those have gone that no longer count, else it becomes larger. */
const FULLEST = 0.75
const SMALL_BLOCK = 4

/**
 * The hits of one record in their order (compareHits): first those that only stand to be known again (spent), then those that count in some
 * window (live). A hit of three jails stands there once.
 */
export class RecordHits {
  readonly #records: Records
  readonly #hits: Hits
  readonly #windowsOf: (tag: number) => readonly Window[]
  readonly #expiry: Expiry
  #moved: Words = new Int32Array(16 * HIT_WORDS)
  /** Of the hit last looked for: whether it comes after all others that are here. */
  isNewest = false

  /** @param windowsOf the windows of the records of a tag */
  constructor(store: Store, windowsOf: (tag: number) => readonly Window[]) {
    this.#records = store.records
    this.#hits = store.hits
    this.#windowsOf = windowsOf
    this.#expiry = new Expiry(store, windowsOf)
  }

  /** Position of the oldest live hit. */
  liveStart(slot: number): number {
    return this.#records.block(slot) + this.#records.spent(slot) * HIT_WORDS
  }

  /** Position after the newest live hit. */
  end(slot: number): number {
    return this.liveStart(slot) + this.#records.live(slot) * HIT_WORDS
  }

  /** Where the hit of this very line is, or -1. Lines mostly come in their order, so that a look at the newest hits tells. */
  find(slot: number, hit: LooseHit): number {
    const { words } = this.#hits
    const start = this.#records.block(slot)
    const liveStart = this.liveStart(slot)
    const end = this.end(slot)
    const live = end === liveStart ? -1 : compareHits(words, end - HIT_WORDS, hit, 0)
    const spent = liveStart === start ? -1 : compareHits(words, liveStart - HIT_WORDS, hit, 0)
    this.isNewest = live <= 0 && spent <= 0
    if (live === 0) return end - HIT_WORDS
    if (this.isNewest) return spent === 0 ? liveStart - HIT_WORDS : -1
    const found = this.#findIn(liveStart, end, hit)
    return found >= 0 ? found : this.#findIn(start, liveStart, hit)
  }

  /** The time of the newest hit that entered a window and is still here, or -Infinity. */
  newestMs(slot: number, mark: number): number {
    const { words } = this.#hits
    const start = this.#records.block(slot)
    const liveStart = this.liveStart(slot)
    let newestMs = Number.NEGATIVE_INFINITY
    for (let at = this.end(slot) - HIT_WORDS; at >= liveStart; at -= HIT_WORDS) {
      if ((marksOf(words, at) & mark) === 0) continue
      newestMs = atMsOf(words, at)
      break
    }
    for (let at = liveStart - HIT_WORDS; at >= start && atMsOf(words, at) > newestMs; at -= HIT_WORDS) {
      if (spentOf(words, at) & mark) return atMsOf(words, at)
    }
    return newestMs
  }

  /**
   * Puts an event into the window of this mark, where it stands among the live ones until `settle`. Its position; -1: it is known there.
   * @param known what `find` says
   */
  enter(slot: number, hit: LooseHit, known: number, mark: number): number {
    return known >= 0 && marksOf(this.#hits.words, known) & mark ? -1 : this.#mark(slot, known, hit, mark, 0)
  }

  /**
   * Puts an event into the window of this mark as one that has counted already. Its position, which holds after `settle`; -1: it is known
   * there.
   */
  enterSpent(slot: number, hit: LooseHit, known: number, mark: number): number {
    const hits = this.#hits
    if (known < 0) return this.#insert(slot, hit, 0, mark)
    if (marksOf(hits.words, known) & mark) return -1
    let at = known
    if (hits.live(known) === 0) {
      at = this.#after(this.#records.block(slot), this.liveStart(slot), hits.words, known) - HIT_WORDS
      hits.shift(known, at)
    }
    hits.mark(at, hits.live(at), hits.spent(at) | mark)
    return at
  }

  /** Marks the hit of an event, which is put in where it is not known; one that is known stands among the live ones until `settle`. Its position. */
  addMarks(slot: number, hit: LooseHit, live: number, spent: number): number {
    return this.#mark(slot, this.find(slot, hit), hit, live, spent)
  }

  #mark(slot: number, known: number, hit: LooseHit, live: number, spent: number): number {
    if (known < 0) return this.#insert(slot, hit, live, spent)
    const at = this.#hits.live(known) === 0 ? this.#revive(slot, known) : known
    this.#hits.mark(at, this.#hits.live(at) | live, this.#hits.spent(at) | spent)
    return at
  }

  /** Puts in a hit with these marks: among the spent ones where it counts nowhere. Its position. */
  #insert(slot: number, hit: LooseHit, live: number, spent: number): number {
    this.#makeRoom(slot)
    const records = this.#records
    const liveStart = this.liveStart(slot)
    const end = this.end(slot)
    const isSpent = live === 0
    const at = isSpent ? this.#after(records.block(slot), liveStart, hit, 0) : this.#after(liveStart, end, hit, 0)
    this.#hits.copy(at, at + HIT_WORDS, (end - at) / HIT_WORDS)
    this.#hits.write(at, hit, live, spent)
    records.setCounts(slot, records.live(slot) + (isSpent ? 0 : 1), records.spent(slot) + (isSpent ? 1 : 0))
    return at
  }

  /** Puts a spent hit back among the live ones. Returns its position. */
  #revive(slot: number, spent: number): number {
    const liveStart = this.liveStart(slot)
    const at = this.#after(liveStart, this.end(slot), this.#hits.words, spent) - HIT_WORDS
    this.#hits.shift(spent, at)
    this.#records.setCounts(slot, this.#records.live(slot) + 1, this.#records.spent(slot) - 1)
    return at
  }

  /** After marks were taken from live hits: those that count nowhere any more become spent ones, or go. */
  settle(slot: number): void {
    const { words } = this.#hits
    const live = this.#records.live(slot)
    const liveStart = this.liveStart(slot)
    const end = this.end(slot)
    if (this.#moved.length < live * HIT_WORDS) this.#moved = new Int32Array(2 * live * HIT_WORDS)
    let moved = 0
    // Those that still count move up to the end.
    let rest = end
    for (let at = end - HIT_WORDS; at >= liveStart; at -= HIT_WORDS) {
      if (liveOf(words, at) !== 0) {
        rest -= HIT_WORDS
        if (rest !== at) copyHit(words, at, words, rest)
      } else if (spentOf(words, at) === 0) this.#hits.release(at)
      else copyHit(words, at, this.#moved, moved++ * HIT_WORDS)
    }
    this.#mergeSpent(slot, moved)
    const stay = (end - rest) / HIT_WORDS
    const spentEnd = liveStart + moved * HIT_WORDS
    if (rest !== spentEnd) this.#hits.copy(rest, spentEnd, stay)
    this.#records.setCounts(slot, stay, this.#records.spent(slot) + moved)
  }

  /** Puts what was moved away, the newest first, among the spent hits, behind which there is room. */
  #mergeSpent(slot: number, moved: number): void {
    const { words } = this.#hits
    const start = this.#records.block(slot)
    let before = this.liveStart(slot) - HIT_WORDS
    let to = before + moved * HIT_WORDS
    for (let i = 0; i < moved; i++, to -= HIT_WORDS) {
      const place = i * HIT_WORDS
      for (; before >= start && compareHits(words, before, this.#moved, place) > 0; before -= HIT_WORDS, to -= HIT_WORDS) {
        copyHit(words, before, words, to)
      }
      copyHit(this.#moved, place, words, to)
    }
  }

  /** Lets every hit keep only these marks; hits without any go. */
  keepMarks(slot: number, keptOf: (at: number, marks: number) => number): void {
    const hits = this.#hits
    const liveStart = this.liveStart(slot)
    const end = this.end(slot)
    let to = this.#records.block(slot)
    let spent = 0
    for (let at = to; at < end; at += HIT_WORDS) {
      const live = hits.live(at)
      const gone = hits.spent(at)
      const kept = keptOf(at, live | gone)
      if (((live | gone) & kept) === 0) {
        hits.release(at)
        continue
      }
      hits.mark(at, live & kept, gone & kept)
      if (to !== at) copyHit(hits.words, at, hits.words, to)
      to += HIT_WORDS
      if (at < liveStart) spent++
    }
    this.#records.setCounts(slot, (to - this.#records.block(slot)) / HIT_WORDS - spent, spent)
    this.settle(slot)
  }

  /** Whether no line that is still to come can need any of it. */
  passed(slot: number, nowMs: number): boolean {
    const { words } = this.#hits
    const start = this.#records.block(slot)
    const windows = this.#windowsOf(this.#records.tag(slot))
    // Most records are told by their newest hit.
    for (let at = this.end(slot) - HIT_WORDS; at >= start; at -= HIT_WORDS) {
      const marks = marksOf(words, at)
      for (const { bit, findtimeMs } of windows) if (marks & (1 << bit) && atMsOf(words, at) + 2 * findtimeMs >= nowMs) return false
    }
    return true
  }

  /** Puts all records in the order of their newest hits, as if they had been touched so. */
  reorder(): void {
    const ages = Array.from(this.#records, (slot) => ({ slot, newestMs: this.newestMs(slot, -1) }))
    for (const { slot } of ages.sort((a, b) => a.newestMs - b.newestMs)) this.#records.place(slot)
  }

  #findIn(start: number, end: number, hit: LooseHit): number {
    const at = this.#after(start, end, hit, 0) - HIT_WORDS
    return at >= start && compareHits(this.#hits.words, at, hit, 0) === 0 ? at : -1
  }

  /** The position after all hits that do not come after this one. */
  #after(start: number, end: number, hits: Words, place: number): number {
    const { words } = this.#hits
    let at = end
    while (at > start && compareHits(words, at - HIT_WORDS, hits, place) > 0) at -= HIT_WORDS
    return at
  }

  #makeRoom(slot: number): void {
    const records = this.#records
    const size = records.blockSize(slot)
    const capacity = this.#hits.capacity(size)
    if (records.live(slot) + records.spent(slot) < capacity) return
    if (capacity > 0) this.#expiry.expire(this, slot)
    const count = records.live(slot) + records.spent(slot)
    if (count < capacity && (capacity <= SMALL_BLOCK || count < capacity * FULLEST)) return
    const larger = this.#hits.sizeFor(Math.max(count, capacity) + 1)
    const block = this.#hits.reserve(larger)
    this.#hits.copy(records.block(slot), block, count)
    this.#hits.giveBack(records.block(slot), size)
    records.setBlock(slot, block, larger)
  }
}
