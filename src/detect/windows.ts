import { Different } from './different.ts'
import { FullWindow } from './full-window.ts'
import { atMsOf, countedOf, HIT_WORDS, type Hits, type LooseHit, liveOf } from './hits.ts'
import type { RecordHits } from './record-hits.ts'
import type { Store } from './store.ts'
import type { Window } from './window.ts'

/** An event that is to be counted. */
export interface Entering {
  readonly atMs: number
  readonly hit: LooseHit
}

/**
 * What counts under one key: the hits of the last 2 × findtime before the newest, so that a line that comes up to one findtime late finds
 * all it could have made a window with. A window is full when `maxretry` hits (or different values) lie within findtime.
 *
 * Its size is bounded whatever comes. Before it fires, no stretch of one findtime holds maxretry hits, so there are fewer than
 * 2 × maxretry. Of a `distinct` window's equal values only those count that can matter (see #thin): at most two per findtime. A window
 * that may not fire loses its oldest hits beyond that.
 */
export class Windows {
  readonly #store: Store
  readonly #hits: Hits
  readonly #ofRecord: RecordHits
  readonly #different = new Different()
  /** Positions of the hits that count in the window looked at, oldest first: those from #start to #end. */
  #view = new Int32Array(64)
  #start = 0
  #end = 0

  constructor(store: Store, ofRecord: RecordHits) {
    this.#store = store
    this.#hits = store.hits
    this.#ofRecord = ofRecord
  }

  /**
   * Puts an event into a record's window. Returns the latest full window that holds it, whose hits count no longer, or null. An event that
   * is too late, or known, changes nothing. `alone`: it fills the window by itself.
   */
  enter(slot: number, window: Window, { atMs, hit }: Entering, mayFire: boolean, alone: boolean): FullWindow | null {
    const { bit, findtimeMs } = window
    const known = this.#ofRecord.find(slot, hit)
    const newestMs = this.#ofRecord.isNewest ? atMs : this.#ofRecord.newestMs(slot, 1 << bit)
    if (atMs < newestMs - 2 * findtimeMs) return null
    if (mayFire && (alone || firesAlone(window))) return this.#enterAlone(slot, window, hit, known)
    const at = this.#ofRecord.enter(slot, hit, known, 1 << bit)
    if (at < 0) return null
    let full: FullWindow | null = null
    if (this.#mayMatter(slot, window, at, newestMs, mayFire)) {
      full = mayFire ? this.#fire(slot, window, at) : null
      if (full === null) this.#bound(slot, window, at)
    }
    this.#store.touch(slot)
    return full
  }

  /** Puts an event into a record's window, where it fills nothing. */
  note(slot: number, { bit }: Window, { hit }: Entering): void {
    if (this.#ofRecord.enter(slot, hit, this.#ofRecord.find(slot, hit), 1 << bit) >= 0) this.#store.touch(slot)
  }

  /** Clears and counts the hits of a window from one time to another. */
  take(slot: number, window: Window, fromMs: number, toMs: number, isMeant: (at: number) => boolean): number {
    this.#look(slot, window.bit, fromMs)
    const taken = this.#seen().filter((at) => this.#hits.atMs(at) <= toMs && isMeant(at))
    if (taken.length === 0) return 0
    for (const at of taken) this.#clear(at, window.bit)
    this.#ofRecord.settle(slot)
    this.#store.touch(slot)
    return taken.length
  }

  /** Drops the hits of a window that no longer count. */
  drop(slot: number, { bit }: Window, isOver: (at: number) => boolean): void {
    this.#look(slot, bit, Number.NEGATIVE_INFINITY)
    const over = this.#seen().filter(isOver)
    for (const at of over) this.#hits.mark(at, this.#hits.live(at) & ~(1 << bit), this.#hits.spent(at))
    if (over.length > 0) this.#ofRecord.settle(slot)
  }

  /** False where there is nothing to do: almost always, and quickly told. Else all that may matter is in view. */
  #mayMatter(slot: number, window: Window, at: number, newestMs: number, mayFire: boolean): boolean {
    const { bit, maxretry, capacity, distinct, findtimeMs } = window
    const live = this.#store.records.live(slot)
    if (live <= capacity && (!mayFire || live < maxretry) && (!distinct || live < 3)) return false
    const atMs = this.#hits.atMs(at)
    if (atMs >= newestMs && !this.#newestMatters(slot, window, at, mayFire)) return false
    this.#look(slot, bit, Math.max(newestMs, atMs) - 2 * findtimeMs)
    return true
  }

  /** Whether the newest hit makes enough of them within findtime to fire, too many in all, or three of its value. */
  #newestMatters(
    slot: number,
    { bit, maxretry, capacity, distinct, waits, findtimeMs }: Window,
    newest: number,
    mayFire: boolean,
  ): boolean {
    const { words } = this.#hits
    const liveStart = this.#ofRecord.liveStart(slot)
    const atMs = atMsOf(words, newest)
    const value = countedOf(words, newest)
    const fullFromMs = atMs - findtimeMs
    // What waits for nothing has fired before it holds too many.
    const fromMs = distinct || waits ? fullFromMs - findtimeMs : fullFromMs
    let count = 0
    let same = 0
    for (let at = this.#ofRecord.end(slot) - HIT_WORDS; at >= liveStart; at -= HIT_WORDS) {
      const hitMs = atMsOf(words, at)
      if (hitMs < fromMs) return false
      if (!(liveOf(words, at) & (1 << bit))) continue
      count++
      if (count > capacity || (count >= maxretry && mayFire && hitMs >= fullFromMs)) return true
      if (distinct && countedOf(words, at) === value && ++same === 3) return true
    }
    return false
  }

  /** Sets the view to the hits of a window from this time on. */
  #look(slot: number, bit: number, fromMs: number): void {
    const { words } = this.#hits
    const live = this.#store.records.live(slot)
    if (live > this.#view.length) this.#view = new Int32Array(2 * live)
    const liveStart = this.#ofRecord.liveStart(slot)
    let start = live
    for (let at = liveStart + (live - 1) * HIT_WORDS; at >= liveStart && atMsOf(words, at) >= fromMs; at -= HIT_WORDS) {
      if (liveOf(words, at) & (1 << bit)) this.#view[--start] = at
    }
    this.#start = start
    this.#end = live
  }

  #seen(): number[] {
    return Array.from(this.#view.subarray(this.#start, this.#end))
  }

  /** Of the hits in view, those of the latest full window that holds the one at this position. */
  #fire(slot: number, window: Window, at: number): FullWindow | null {
    const { maxretry, findtimeMs, distinct } = window
    const { words } = this.#hits
    const view = this.#view
    const place = view.indexOf(at, this.#start)
    const atMs = atMsOf(words, at)
    let first = place
    for (let last = this.#end - 1; last >= place; last--) {
      const fromMs = atMsOf(words, view[last]!) - findtimeMs
      if (fromMs > atMs) continue
      while (first > this.#start && atMsOf(words, view[first - 1]!) >= fromMs) first--
      let count = last - first + 1
      if (distinct && count >= maxretry) count = this.#differentIn(first, last + 1)
      if (count >= maxretry) return this.#spend(slot, window, first, last + 1, count)
    }
    return null
  }

  #differentIn(from: number, to: number): number {
    this.#different.begin(to - from)
    for (let i = from; i < to; i++) this.#different.add(this.#hits.valueKey(this.#view[i]!))
    return this.#different.count
  }

  /** Keeps the size bounded, after an event that did not fire. */
  #bound(slot: number, window: Window, at: number): void {
    const mark = 1 << window.bit
    const hits = this.#hits
    let over = window.distinct ? this.#thin(window, at) : 0
    if (this.#end - this.#start - over > window.capacity) {
      let oldest = this.#start
      while (!(hits.live(this.#view[oldest]!) & mark)) oldest++
      const hit = this.#view[oldest]!
      hits.mark(hit, hits.live(hit) & ~mark, hits.spent(hit))
      over++
    }
    if (over > 0) this.#ofRecord.settle(slot)
  }

  /**
   * Of three hits of one value within findtime the middle one is not needed: every stretch of one findtime that holds it holds one
   * of its neighbours. So an attacker who repeats one user a thousand times fills no memory and pushes nothing out.
   */
  #thin({ bit, findtimeMs }: Window, entered: number): number {
    const hits = this.#hits
    const value = hits.valueKey(entered)
    let before = -1
    let middle = -1
    let needless = 0
    for (let i = this.#start; i < this.#end; i++) {
      const at = this.#view[i]!
      if (hits.valueKey(at) !== value) continue
      if (before < 0) before = at
      else if (middle < 0) middle = at
      else {
        if (hits.atMs(at) - hits.atMs(before) <= findtimeMs) {
          this.#clear(middle, bit)
          needless++
        } else before = middle
        middle = at
      }
    }
    return needless
  }

  /** It counts no longer in a window, and is known again there. */
  #clear(at: number, bit: number): void {
    this.#hits.mark(at, this.#hits.live(at) & ~(1 << bit), this.#hits.spent(at) | (1 << bit))
  }

  #enterAlone(slot: number, { bit, distinct }: Window, hit: LooseHit, known: number): FullWindow | null {
    const at = this.#ofRecord.enterSpent(slot, hit, known, 1 << bit)
    if (at < 0) return null
    this.#store.touch(slot)
    this.#view[0] = at
    return new FullWindow(this.#store, this.#view, 0, 1, distinct, 1)
  }

  #spend(slot: number, { bit, distinct }: Window, from: number, to: number, count: number): FullWindow {
    const full = new FullWindow(this.#store, this.#view, from, to, distinct, count)
    for (let i = from; i < to; i++) this.#clear(this.#view[i]!, bit)
    this.#ofRecord.settle(slot)
    return full
  }
}

/** Whether each event of a window fills it: then none ever waits there for another. */
const firesAlone = ({ maxretry, distinct, waits }: Window): boolean => maxretry === 1 && !distinct && !waits
