import { HIT_WORDS } from './hits.ts'
import type { Layout } from './layout.ts'
import type { RecordHits, Window } from './record-hits.ts'
import { findRecord, openRecord, type Place, type Sighting } from './sighting.ts'
import type { Store } from './store.ts'
import type { Windows } from './windows.ts'

/** A place with as many hits has tried enough users: their failures there get records of their own at once. */
const MOST_WITH_PLACE = 16

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
    const first = this.#layout.firstOf(window)
    const near = this.#firsts(place, seen).filter((at) => this.#isNear(at, seen))
    const alone = near.every((at) => store.hits.atMs(at) === seen.atMs && store.hits.hasId(at, seen))
    if (first !== null && place === seen.place && alone && !firesAlone && window.maxretry > 1) {
      const slot = openRecord(store, first, place, seen)
      if (store.records.live(slot) < MOST_WITH_PLACE) {
        seen.countFor(first.kind)
        this.#windows.note(slot, first, seen)
        return 0
      }
    }
    const pair = openRecord(store, window, place, seen)
    this.#move(place, pair, seen)
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
   * Whether a first hit and this event may stand in one window. What may not be is let go of sooner or later (RecordHits), and must make
   * no difference while it is still here.
   */
  #isNear(at: number, { atMs }: Sighting): boolean {
    const { hits } = this.#store
    const marks = hits.live(at) | hits.spent(at)
    const apartMs = Math.abs(hits.atMs(at) - atMs)
    return this.#layout.firsts.some(({ first }) => marks & (1 << first.bit) && apartMs <= first.findtimeMs)
  }

  /** Positions of what is kept with the place as the first of this pair: at most one line of those that may stand in one window. */
  #firsts(place: Place, seen: Sighting): number[] {
    const { hits, records } = this.#store
    const slot = this.#layout.firsts.length === 0 ? 0 : findRecord(this.#store, this.#layout.firsts[0]!.first, place, seen)
    const positions: number[] = []
    if (slot === 0) return positions
    const end = this.#ofRecord.end(slot)
    for (let at = records.block(slot); at < end; at += HIT_WORDS) {
      if (hits.value(at) === seen.user && (hits.live(at) | hits.spent(at)) & this.#layout.firstMarks) positions.push(at)
    }
    return positions
  }

  #move(place: Place, pair: number, seen: Sighting): void {
    const { hits } = this.#store
    const positions = this.#firsts(place, seen)
    if (positions.length === 0) return
    const tag = this.#store.records.tag(pair)
    for (const at of positions) {
      const [live, spent] = [hits.live(at), hits.spent(at)]
      const entry = { ...hits.read(at), value: 0, valueIsIPv4: false }
      this.#ofRecord.addMarks(pair, entry, this.#layout.ofPair(live, tag), this.#layout.ofPair(spent, tag))
      hits.mark(at, live & ~this.#layout.firstMarks, spent & ~this.#layout.firstMarks)
    }
    this.#ofRecord.settle(pair)
    this.#store.touch(pair)
    const slot = findRecord(this.#store, this.#layout.firsts[0]!.first, place, seen)
    this.#ofRecord.settle(slot)
    if (this.#store.count(slot) === 0) this.#store.remove(slot)
    else this.#store.touch(slot)
  }
}
