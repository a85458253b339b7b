import type { CounterRow } from '../kept.ts'

/** Something that is remembered under a key. */
export interface Entry {
  /** Whether nothing that is still to come can need it. */
  passed(nowMs: number): boolean
  encode(): string
}

/** Entries of one kind, of which the longest untouched go first when there are too many, and which of them the journal has not seen yet. */
export class Table<E extends Entry> {
  evicted = 0
  /** First character of the row keys. */
  readonly #mark: string
  readonly #maxKeys: number
  /** The longest untouched first. */
  readonly #entries = new Map<string, E>()
  readonly #changed = new Set<string>()
  readonly #journalled = new Set<string>()

  constructor(mark: string, maxKeys: number) {
    this.#mark = mark
    this.#maxKeys = maxKeys
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): E | undefined {
    return this.#entries.get(key)
  }

  /** Puts in a new entry, or one that has changed. */
  put(key: string, entry: E): void {
    this.#place(key, entry)
    this.#changed.add(key)
  }

  /** Drops the entries that are over. */
  drop(isOver: (entry: E, key: string) => boolean): void {
    for (const [key, entry] of this.#entries) if (isOver(entry, key)) this.#delete(key)
  }

  sweep(nowMs: number): void {
    this.drop((entry) => entry.passed(nowMs))
  }

  drain(rows: CounterRow[]): void {
    for (const key of this.#changed) {
      const data = this.#entries.get(key)?.encode() ?? ''
      if (data !== '') this.#journalled.add(key)
      else if (!this.#journalled.delete(key)) continue
      rows.push({ jail: '', key: this.#mark + key, data })
    }
    this.#changed.clear()
  }

  /** Takes an entry back from the journal. */
  restore(key: string, entry: E): void {
    this.#journalled.add(key)
    this.#place(key, entry)
  }

  #place(key: string, entry: E): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size <= this.#maxKeys) return
    const [oldest] = this.#entries.keys()
    this.#delete(oldest!)
    this.evicted++
  }

  #delete(key: string): void {
    this.#entries.delete(key)
    this.#changed.add(key)
  }
}
