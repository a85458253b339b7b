import { copyHit, countedOf, encodeValue, HIT_WORDS, marksOf } from './hits.ts'
import type { Layout } from './layout.ts'
import type { RecordHits } from './record-hits.ts'
import { findRecord, openRecord, type Place, type Sighting } from './sighting.ts'
import type { Store } from './store.ts'
import type { Window } from './window.ts'
import type { Windows } from './windows.ts'

/** A place with as many hits has tried enough users: their failures there get records of their own at once. */
const MOST_WITH_PLACE = 16
/** The filter of a place that may hold anybody's. */
export const ANYBODY = -1

/**
 * The windows of users at places. Nearly every address fails as a user once and no more: that hit is kept with the place (where it stands
 * anyway), marked as the first of a pair. The next one makes a record of the pair, to which the first then moves.
 * Known limit: where lines come more than a findtime late, a first hit may be gone that is 2 × findtime older than the place's newest.
 */
export class Pairs {
  readonly #store: Store
  readonly #layout: Layout
  readonly #ofRecord: RecordHits
  readonly #windows: Windows
  /** Positions of what is kept with the place as the first of the pair looked at: mostly of nothing. */
  readonly #firsts: number[] = []
  readonly #moved = new Int32Array(HIT_WORDS)

  constructor(store: Store, layout: Layout, ofRecord: RecordHits, windows: Windows) {
    this.#store = store
    this.#layout = layout
    this.#ofRecord = ofRecord
    this.#windows = windows
  }

  /** The pair's record, for an event that is to enter this window; 0: the event is kept with its place, and fills nothing. */
  open(window: Window, place: Place, seen: Sighting, firesAlone: boolean): number {
    const store = this.#store
    const present = findRecord(store, window, place, seen)
    if (present !== 0) return present
    this.#lookForFirsts(place, seen)
    const first = this.#layout.firstOf(window)
    if (first !== null && place === seen.place && !firesAlone && window.maxretry > 1 && this.#isAlone(seen)) {
      const slot = openRecord(store, first, place, seen)
      if (store.records.live(slot) < MOST_WITH_PLACE) {
        seen.countFor(first.kind)
        this.#windows.note(slot, first, seen)
        store.records.setFilter(slot, store.records.filter(slot) | bitOf(seen.user))
        return 0
      }
    }
    const pair = openRecord(store, window, place, seen)
    if (this.#firsts.length > 0) this.#move(place, pair, seen)
    return pair
  }

  /** How many hits of the pair count in a window from one time to another. They are cleared. */
  take(window: Window, place: Place, seen: Sighting, fromMs: number, toMs: number): number {
    const pair = findRecord(this.#store, window, place, seen)
    if (pair !== 0) return this.#windows.take(pair, window, fromMs, toMs, () => true)
    const first = this.#layout.firstOf(window)
    const slot = first === null ? 0 : findRecord(this.#store, first, place, seen)
    if (first === null || slot === 0) return 0
    return this.#windows.take(slot, first, fromMs, toMs, (at) => this.#store.hits.value(at) === seen.user)
  }

  /**
   * Whether no other line is kept with the place as the first of this pair that may stand in one window with this event. What may not is
   * let go of sooner or later (RecordHits), and must make no difference while it is still here.
   */
  #isAlone(seen: Sighting): boolean {
    const { hits } = this.#store
    return this.#firsts.every((at) => !this.#isNear(at, seen) || hits.isOf(at, seen.hit))
  }

  #isNear(at: number, { atMs }: Sighting): boolean {
    const marks = marksOf(this.#store.hits.words, at)
    const apartMs = Math.abs(this.#store.hits.atMs(at) - atMs)
    for (const { first } of this.#layout.firsts) if (marks & (1 << first.bit) && apartMs <= first.findtimeMs) return true
    return false
  }

  #lookForFirsts(place: Place, seen: Sighting): void {
    if (this.#firsts.length > 0) this.#firsts.length = 0
    const slot = this.#firstsSlot(place, seen)
    const { records } = this.#store
    const { user } = seen
    if (slot === 0 || (records.filter(slot) & bitOf(user)) === 0) return
    const { words } = this.#store.hits
    const { firstMarks } = this.#layout
    const end = this.#ofRecord.end(slot)
    let filter = 0
    for (let at = records.block(slot); at < end; at += HIT_WORDS) {
      if (!(marksOf(words, at) & firstMarks)) continue
      const kept = countedOf(words, at)
      filter |= bitOf(kept)
      if (kept === user) this.#firsts.push(at)
    }
    records.setFilter(slot, filter)
  }

  /** The record that first hits are kept in, or 0. */
  #firstsSlot(place: Place, seen: Sighting): number {
    const [any] = this.#layout.firsts
    return any === undefined ? 0 : findRecord(this.#store, any.first, place, seen)
  }

  #move(place: Place, pair: number, seen: Sighting): void {
    const { hits, records } = this.#store
    // The pair's record may have taken the place of this one, or moved its hits.
    this.#lookForFirsts(place, seen)
    if (this.#firsts.length === 0) return
    const slot = this.#firstsSlot(place, seen)
    const tag = records.tag(pair)
    for (const at of this.#firsts) {
      const live = hits.live(at)
      const spent = hits.spent(at)
      copyHit(hits.words, at, this.#moved, 0)
      encodeValue(0, false, this.#moved, 0)
      this.#ofRecord.addMarks(pair, this.#moved, this.#layout.ofPair(live, tag), this.#layout.ofPair(spent, tag))
      hits.mark(at, live & ~this.#layout.firstMarks, spent & ~this.#layout.firstMarks)
    }
    this.#ofRecord.settle(pair)
    this.#store.touch(pair)
    this.#ofRecord.settle(slot)
    if (this.#store.count(slot) === 0) this.#store.remove(slot)
    else this.#store.touch(slot)
  }
}

/** One bit of 32 for each user. */
const bitOf = (user: number): number => 1 << (Math.imul(user, 0x9e3779b1) >>> 27)
