import type { Hit } from '../types.ts'
import { HIT_WORDS, type Hits } from './hits.ts'
import type { Entry, RecordHits, Window } from './record-hits.ts'
import type { Store } from './store.ts'

export interface CountedHit extends Hit {
  readonly proved: boolean
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
  /** Positions of the hits that count in the window looked at, oldest first. */
  readonly #view: number[] = []

  constructor(store: Store, ofRecord: RecordHits) {
    this.#store = store
    this.#hits = store.hits
    this.#ofRecord = ofRecord
  }

  /**
   * Puts an event into a record's window. Returns the hits of the latest full window that holds it, which count no longer, or null. An
   * event that is too late, or known, changes nothing. `alone`: it fills the window by itself.
   */
  enter(slot: number, window: Window, entry: Entry, mayFire: boolean, alone: boolean): CountedHit[] | null {
    const { bit, findtimeMs } = window
    const newestMs = this.#ofRecord.newestMs(slot, 1 << bit)
    if (entry.atMs < newestMs - 2 * findtimeMs) return null
    const at = this.#insert(slot, bit, entry)
    if (at < 0) return null
    let full: CountedHit[] | null = null
    if (mayFire && alone) full = this.#spend(slot, window, [at])
    else if (this.#mayMatter(slot, window, entry.atMs, newestMs, mayFire)) {
      this.#look(slot, bit, Math.max(newestMs, entry.atMs) - 2 * findtimeMs)
      full = mayFire ? this.#fire(slot, window, at) : null
      if (full === null) this.#bound(slot, window, at)
    }
    this.#store.touch(slot)
    return full
  }

  /** Puts an event into a record's window, where it fills nothing. */
  note(slot: number, { bit }: Window, entry: Entry): void {
    if (this.#insert(slot, bit, entry) >= 0) this.#store.touch(slot)
  }

  /** Clears and counts the hits of a window from one time to another. */
  take(slot: number, window: Window, fromMs: number, toMs: number, isMeant: (at: number) => boolean): number {
    this.#look(slot, window.bit, fromMs)
    const taken = this.#view.filter((at) => this.#hits.atMs(at) <= toMs && isMeant(at))
    if (taken.length === 0) return 0
    this.#spend(slot, window, taken)
    this.#store.touch(slot)
    return taken.length
  }

  /** Drops the hits of a window that no longer count. */
  drop(slot: number, { bit }: Window, isOver: (at: number) => boolean): void {
    this.#look(slot, bit, Number.NEGATIVE_INFINITY)
    const over = this.#view.filter(isOver)
    for (const at of over) this.#hits.mark(at, this.#hits.live(at) & ~(1 << bit), this.#hits.spent(at))
    if (over.length > 0) this.#ofRecord.settle(slot)
  }

  /** Its position, or -1 when it is known to this window. */
  #insert(slot: number, bit: number, entry: Entry): number {
    const known = this.#ofRecord.find(slot, entry)
    if (known >= 0 && (this.#hits.live(known) | this.#hits.spent(known)) & (1 << bit)) return -1
    return this.#ofRecord.addMarks(slot, entry, 1 << bit, 0)
  }

  /** False where a look at all hits in the window would find nothing to do: almost always, and quickly told. */
  #mayMatter(slot: number, window: Window, atMs: number, newestMs: number, mayFire: boolean): boolean {
    const { maxretry, capacity, distinct, waits } = window
    const live = this.#store.records.live(slot)
    if (live <= capacity && (!mayFire || live < maxretry) && (!distinct || live < 3)) return false
    return distinct || waits || atMs < newestMs || this.#reaches(slot, window, atMs)
  }

  /** Whether the newest `maxretry` hits lie within findtime before this time, which is that of the newest. */
  #reaches(slot: number, { bit, maxretry, findtimeMs }: Window, atMs: number): boolean {
    const hits = this.#hits
    const start = this.#ofRecord.liveStart(slot)
    let count = 0
    for (let at = this.#ofRecord.end(slot) - HIT_WORDS; at >= start && hits.atMs(at) >= atMs - findtimeMs; at -= HIT_WORDS) {
      if (hits.live(at) & (1 << bit) && ++count === maxretry) return true
    }
    return false
  }

  /** Sets the view to the hits of a window from this time on. */
  #look(slot: number, bit: number, fromMs: number): void {
    const hits = this.#hits
    const end = this.#ofRecord.end(slot)
    this.#view.length = 0
    for (let at = this.#ofRecord.liveStart(slot); at < end; at += HIT_WORDS) {
      if (hits.live(at) & (1 << bit) && hits.atMs(at) >= fromMs) this.#view.push(at)
    }
  }

  /** Of the hits in view, those of the latest full window that holds the one at this position. */
  #fire(slot: number, window: Window, at: number): CountedHit[] | null {
    const { maxretry, findtimeMs, distinct } = window
    const view = this.#view
    const timeOf = (i: number) => this.#hits.atMs(view[i]!)
    const place = view.indexOf(at)
    const atMs = timeOf(place)
    let first = place
    for (let last = view.length - 1; last >= place; last--) {
      const fromMs = timeOf(last) - findtimeMs
      if (fromMs > atMs) continue
      while (first > 0 && timeOf(first - 1) >= fromMs) first--
      if (last - first + 1 < maxretry) continue
      const within = view.slice(first, last + 1)
      if (distinct && this.#different(within) < maxretry) continue
      return this.#spend(slot, window, within)
    }
    return null
  }

  #different(positions: readonly number[]): number {
    return new Set(positions.map((at) => this.#hits.value(at) + (this.#hits.valueIsIPv4(at) ? 0.5 : 0))).size
  }

  /** Keeps the size bounded, after an event that did not fire. */
  #bound(slot: number, window: Window, at: number): void {
    const mark = 1 << window.bit
    let over = window.distinct ? this.#thin(window, at) : 0
    if (this.#view.length - over > window.capacity) {
      const oldest = this.#view.find((hit) => this.#hits.live(hit) & mark)!
      this.#hits.mark(oldest, this.#hits.live(oldest) & ~mark, this.#hits.spent(oldest))
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
    const same = this.#view.filter((at) => hits.sameValue(at, entered))
    let before = same[0]!
    let needless = 0
    for (let i = 1; i < same.length - 1; i++) {
      const at = same[i]!
      if (hits.atMs(same[i + 1]!) - hits.atMs(before) <= findtimeMs) {
        hits.mark(at, hits.live(at) & ~(1 << bit), hits.spent(at) | (1 << bit))
        needless++
      } else before = at
    }
    return needless
  }

  #spend(slot: number, { bit, distinct: isDistinct }: Window, positions: readonly number[]): CountedHit[] {
    const hits = this.#hits
    const ids = hits.idsOf(positions)
    const valueAt = (at: number) => (isDistinct ? this.#store.valueOf(at) : null)
    const spent = positions.map((at, i) => ({ atMs: hits.atMs(at), id: ids[i]!, value: valueAt(at), proved: hits.isProved(at) }))
    for (const at of positions) hits.mark(at, hits.live(at) & ~(1 << bit), hits.spent(at) | (1 << bit))
    this.#ofRecord.settle(slot)
    return spent
  }
}
