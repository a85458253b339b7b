import { formatIPv4 } from '../ipv4.ts'
import type { Hit } from '../types.ts'
import { type Hits, idOf } from './hits.ts'
import type { Store } from './store.ts'

/** Which line a hit was, and when. */
export type HitLine = Pick<Hit, 'atMs' | 'id'>

/** The hits that filled a window, as they were then. They are made into objects only when somebody asks, which hardly anybody does. */
export class FullWindow {
  /** Of the newest. */
  readonly atMs: number
  /** Of hits, or of different values. */
  readonly count: number
  readonly proved: boolean
  /** Time, offset; time, offset; … */
  readonly #numbers: number[]
  readonly #stems: string[]
  /** IPv4 addresses as numbers. */
  readonly #values: (string | number | null)[] | null

  /** @param positions those from one place to another, the oldest first */
  constructor(store: Store, positions: Int32Array, from: number, to: number, distinct: boolean, count: number) {
    const { hits } = store
    this.atMs = hits.atMs(positions[to - 1]!)
    this.count = count
    this.#values = distinct ? [] : null
    this.#numbers = new Array(2 * (to - from))
    this.#stems = new Array(to - from)
    let proved = true
    for (let i = from; i < to; i++) {
      const at = positions[i]!
      proved &&= hits.isProved(at)
      this.#numbers[2 * (i - from)] = hits.atMs(at)
      this.#numbers[2 * (i - from) + 1] = hits.offset(at)
      this.#stems[i - from] = hits.stemText(at)
    }
    this.proved = proved
    if (this.#values !== null) for (let i = from; i < to; i++) this.#values.push(valueAt(store, hits, positions[i]!))
  }

  get hits(): Hit[] {
    return this.#stems.map((_, i) => ({ ...this.#line(i), value: this.#valueOf(i) }))
  }

  /** At most so many, the oldest first. */
  newest(most: number): HitLine[] {
    const from = Math.max(0, this.#stems.length - most)
    return this.#stems.slice(from).map((_, i) => this.#line(from + i))
  }

  #line(i: number): HitLine {
    return { atMs: this.#numbers[2 * i]!, id: idOf(this.#stems[i]!, this.#numbers[2 * i + 1]!) }
  }

  #valueOf(i: number): string | null {
    const value = this.#values?.[i] ?? null
    return typeof value === 'number' ? formatIPv4(value) : value
  }
}

function valueAt(store: Store, hits: Hits, at: number): string | number | null {
  return hits.valueIsIPv4(at) ? hits.value(at) : store.valueOf(at)
}
