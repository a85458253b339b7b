import type { Entry } from './table.ts'

/** Entries of the highest rank are the last to go. */
export const TOP_RANK = 15

/**
 * All entries of all tables, ordered by how dangerous they are and then by when they were last touched: one linked list a rank.
 * Every operation takes constant time, so that a flood of new keys costs no more than a flood of known ones.
 */
export class Ranks {
  readonly #first = Array<Entry | null>(TOP_RANK + 1).fill(null)
  readonly #last = Array<Entry | null>(TOP_RANK + 1).fill(null)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Puts an entry, new or known, at the young end of its rank. */
  place(entry: Entry): void {
    this.remove(entry)
    const rank = Math.min(entry.danger(), TOP_RANK)
    const last = this.#last[rank] ?? null
    entry.rank = rank
    entry.older = last
    if (last) last.younger = entry
    else this.#first[rank] = entry
    this.#last[rank] = entry
    this.#size++
  }

  remove(entry: Entry): void {
    if (entry.rank < 0) return
    if (entry.older) entry.older.younger = entry.younger
    else this.#first[entry.rank] = entry.younger
    if (entry.younger) entry.younger.older = entry.older
    else this.#last[entry.rank] = entry.older
    entry.older = entry.younger = null
    entry.rank = -1
    this.#size--
  }

  /** The oldest entry of the lowest rank. */
  least(): Entry | null {
    for (const entry of this.#first) if (entry) return entry
    return null
  }

  /** Brings entries that came in any order back into that of their newest times. */
  reorder(): void {
    const entries: Entry[] = []
    for (const first of this.#first) for (let entry = first; entry; entry = entry.younger) entries.push(entry)
    entries.sort((a, b) => a.newestMs - b.newestMs)
    for (const entry of entries) this.place(entry)
  }
}
