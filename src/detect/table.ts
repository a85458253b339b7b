import type { CounterRow } from '../types.ts'
import type { Ranks } from './ranks.ts'

/** Something remembered under a key. The links belong to Ranks. */
export abstract class Entry {
  table: Table<Entry> | null = null
  key = ''
  /** Whether the journal holds a row of it. */
  journalled = false
  rank = -1
  older: Entry | null = null
  younger: Entry | null = null

  /** How much is lost with it, from 0: about the number of hits. */
  abstract danger(): number
  /** Whether nothing that is still to come can need it. */
  abstract passed(nowMs: number): boolean
  abstract encode(): string
  /** The newest time it knows of, epoch ms. */
  abstract get newestMs(): number
}

/** What all tables share: the bound on their keys. */
export interface Bound {
  readonly ranks: Ranks
  readonly maxKeys: number
  evicted: number
}

/** The entries of one kind in one jail, and which of them the journal has not seen yet. */
export class Table<E extends Entry> {
  readonly #jail: string
  /** First character of the row keys, so that a jail's tables do not mix whatever an attacker calls himself. */
  readonly #mark: string
  readonly #bound: Bound
  readonly #entries = new Map<string, E>()
  readonly #changed = new Set<E>()
  /** Keys that the journal holds and we do not. */
  readonly #gone = new Set<string>()

  constructor(jail: string, mark: string, bound: Bound) {
    this.#jail = jail
    this.#mark = mark
    this.#bound = bound
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): E | undefined {
    return this.#entries.get(key)
  }

  /** Makes room first, so that the new entry is not itself the least dangerous one. Call `touch` when it is filled. */
  add(key: string, entry: E): E {
    const { ranks, maxKeys } = this.#bound
    for (let least = ranks.least(); least && ranks.size >= maxKeys; least = ranks.least()) {
      least.table?.delete(least)
      this.#bound.evicted++
    }
    entry.key = ownText(key)
    entry.table = this
    entry.journalled = this.#gone.delete(key)
    this.#entries.set(entry.key, entry)
    return entry
  }

  /** After every change of an entry. */
  touch(entry: E): void {
    this.#bound.ranks.place(entry)
    this.#changed.add(entry)
  }

  delete(entry: E): void {
    this.#bound.ranks.remove(entry)
    this.#entries.delete(entry.key)
    this.#changed.delete(entry)
    if (entry.journalled) this.#gone.add(entry.key)
  }

  clear(): void {
    for (const entry of this.#entries.values()) this.delete(entry)
  }

  sweep(nowMs: number): void {
    for (const entry of this.#entries.values()) if (entry.passed(nowMs)) this.delete(entry)
  }

  /** `stamp` goes before what the entries say. */
  drain(rows: CounterRow[], stamp = ''): void {
    for (const key of this.#gone) rows.push({ jail: this.#jail, key: this.#mark + key, data: '' })
    for (const entry of this.#changed) {
      entry.journalled = true
      rows.push({ jail: this.#jail, key: this.#mark + entry.key, data: stamp + entry.encode() })
    }
    this.#gone.clear()
    this.#changed.clear()
  }

  /** Takes an entry back from the journal; null: it is of no use, and the journal shall drop it. */
  restore(key: string, entry: E | null): void {
    const present = this.#entries.get(key)
    if (present) this.delete(present)
    this.#gone.add(key)
    if (entry) this.#bound.ranks.place(this.add(key, entry))
  }
}

/** A copy that does not keep the whole log line alive, as V8's slices of 13 characters or more do. */
export function ownText(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1)
}
