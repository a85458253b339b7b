import { atMsOf, HIT_WORDS, MOST_WINDOWS, marksOf, spentOf } from './hits.ts'
import type { RecordHits } from './record-hits.ts'
import type { Store } from './store.ts'
import type { Window } from './window.ts'

/** Hits remembered that were counted and cleared: at least this many, and never fewer than one window holds. */
const FEWEST_SPENT = 16

/** Which hits of a record are needed no more. */
export class Expiry {
  readonly #store: Store
  readonly #windowsOf: (tag: number) => readonly Window[]
  readonly #oldestMs = new Float64Array(MOST_WINDOWS)
  readonly #spentOf = new Int32Array(MOST_WINDOWS)

  constructor(store: Store, windowsOf: (tag: number) => readonly Window[]) {
    this.#store = store
    this.#windowsOf = windowsOf
  }

  /** Lets go of what is older than 2 × findtime, and of the oldest spent hits beyond what a window holds. */
  expire(ofRecord: RecordHits, slot: number): void {
    if (!this.#isDue(ofRecord, slot)) return
    const { records, hits } = this.#store
    const { words } = hits
    const windows = this.#windowsOf(records.tag(slot))
    const present = this.#marks(ofRecord, slot)
    for (const { bit, findtimeMs } of windows) {
      this.#spentOf[bit] = 0
      if (present & (1 << bit)) this.#oldestMs[bit] = ofRecord.newestMs(slot, 1 << bit) - 2 * findtimeMs
    }
    const start = records.block(slot)
    const liveStart = ofRecord.liveStart(slot)
    let spentAt = liveStart - HIT_WORDS
    let liveAt = ofRecord.end(slot) - HIT_WORDS
    // From the newest to the oldest of both.
    while (spentAt >= start || liveAt >= liveStart) {
      const isLive = spentAt < start || (liveAt >= liveStart && atMsOf(words, liveAt) >= atMsOf(words, spentAt))
      const at = isLive ? liveAt : spentAt
      if (isLive) liveAt -= HIT_WORDS
      else spentAt -= HIT_WORDS
      if (spentOf(words, at) !== 0) this.#limitSpent(at, windows)
    }
    ofRecord.keepMarks(slot, (at, marks) => {
      const atMs = atMsOf(words, at)
      let kept = 0
      for (const { bit } of windows) if (marks & (1 << bit) && atMs >= this.#oldestMs[bit]!) kept |= 1 << bit
      return kept
    })
  }

  /** Whether there may be something old, or too much that counted: of new records there is not, and they are most. */
  #isDue(ofRecord: RecordHits, slot: number): boolean {
    const { records, hits } = this.#store
    if (this.#store.count(slot) > FEWEST_SPENT) return true
    const newestMs = ofRecord.newestMs(slot, -1)
    const oldestLiveMs = records.live(slot) > 0 ? hits.atMs(ofRecord.liveStart(slot)) : newestMs
    const oldestMs = Math.min(hits.atMs(records.block(slot)), oldestLiveMs)
    return this.#windowsOf(records.tag(slot)).some(({ findtimeMs }) => newestMs - oldestMs > 2 * findtimeMs)
  }

  /** All windows that any of its hits is or was in. */
  #marks(ofRecord: RecordHits, slot: number): number {
    const { words } = this.#store.hits
    const end = ofRecord.end(slot)
    let marks = 0
    for (let at = this.#store.records.block(slot); at < end; at += HIT_WORDS) marks |= marksOf(words, at)
    return marks
  }

  /** Of each window, only so many of the newest spent hits are kept. */
  #limitSpent(at: number, windows: readonly Window[]): void {
    const { hits } = this.#store
    const spent = hits.spent(at)
    let over = 0
    for (const { bit, capacity } of windows) {
      if (spent & (1 << bit) && ++this.#spentOf[bit]! > Math.max(FEWEST_SPENT, capacity)) over |= 1 << bit
    }
    if (over !== 0) hits.mark(at, hits.live(at), spent & ~over)
  }
}
