import { MOST_WINDOWS } from './hits.ts'
import { IS_IPV4, type KeyKind, kindOf, PAIR, PLACE, tagOf } from './records.ts'
import type { Window, WindowRule } from './window.ts'

/** A window that is wanted. */
export interface WindowSpec extends WindowRule {
  /** The same for what counts the same. */
  readonly name: string
  readonly kind: KeyKind
  readonly waits: boolean
}

/** Where the hits of a window are told by which bit. */
export type LaidOut = readonly [name: string, tag: number, bit: number]

const ALL = (1 << MOST_WINDOWS) - 1

/** Which bit of which records each window has. */
export class Layout {
  readonly #byName = new Map<string, Window>()
  readonly #byTag = new Map<number, Window[]>()

  /** Other windows from now on; those of the same name keep their bits. Returns by tag the bits that are kept of all that were there. */
  arrange(wanted: readonly WindowSpec[]): (tag: number) => number {
    const firsts = wanted.filter(({ kind }) => kind === PAIR).map((spec): WindowSpec => ({ ...spec, name: `${spec.name}+`, kind: PLACE }))
    const specs = [...firsts, ...wanted]
    const before = new Map(this.#byName)
    const names = new Set(specs.map(({ name }) => name))
    const kept = new Map<number, number>()
    this.#byName.clear()
    this.#byTag.clear()
    for (const { name, tag, bit } of before.values()) if (names.has(name)) kept.set(tag, (kept.get(tag) ?? 0) | (1 << bit))
    for (const spec of specs) {
      const present = before.get(spec.name)
      if (present) this.#put(windowOf(spec, present))
    }
    for (const spec of specs) if (!before.has(spec.name)) this.#put(windowOf(spec, this.#freeBit(spec.kind, kept)))
    this.firsts = wanted.flatMap(({ name, kind }) => {
      const [pair, first] = [this.named(name)!, this.named(`${name}+`)]
      return kind === PAIR && pair.tag === tagOf(PAIR, 0) && first?.tag === tagOf(PLACE, 0) ? [{ pair, first }] : []
    })
    this.firstMarks = this.firsts.reduce((marks, { first }) => marks | (1 << first.bit), 0)
    return (tag) => kept.get(tag & ~IS_IPV4) ?? 0
  }

  /** All windows by their names. */
  get listed(): readonly LaidOut[] {
    return [...this.#byName.values()].map(({ name, tag, bit }): LaidOut => [name, tag, bit]).sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** These windows instead of all others, of which nothing else is known until they are arranged. */
  adopt(listed: readonly LaidOut[]): void {
    this.#byName.clear()
    this.#byTag.clear()
    for (const [name, tag, bit] of listed) this.#put(windowOf({ ...UNKNOWN, name, kind: kindOf(tag) }, { tag, bit }))
  }

  named(name: string): Window | undefined {
    return this.#byName.get(name)
  }

  /** The windows of pairs whose first hit is kept with the place, by a bit of its own. All of the same records. */
  firsts: readonly { readonly pair: Window; readonly first: Window }[] = []
  /** Their bits. */
  firstMarks = 0

  /** The window that keeps the first hit of a pair's window with the place, if any. */
  firstOf(window: Window): Window | null {
    for (const { pair, first } of this.firsts) if (pair === window) return first
    return null
  }

  /** Marks of first hits as those of the pair's record. */
  ofPair(marks: number, tag: number): number {
    let all = 0
    for (const { pair, first } of this.firsts) if (marks & (1 << first.bit) && pair.tag === (tag & ~IS_IPV4)) all |= 1 << pair.bit
    return all
  }

  /** The windows of the records of a tag. */
  readonly of = (tag: number): readonly Window[] => this.#byTag.get(tag & ~IS_IPV4) ?? []

  #put(window: Window): void {
    this.#byName.set(window.name, window)
    this.#byTag.set(window.tag, [...this.of(window.tag), window])
  }

  #freeBit(kind: KeyKind, kept: ReadonlyMap<number, number>): { tag: number; bit: number } {
    for (let group = 0; ; group++) {
      const tag = tagOf(kind, group)
      const used = this.of(tag).reduce((bits, { bit }) => bits | (1 << bit), kept.get(tag) ?? 0)
      if (used !== ALL) return { tag, bit: Math.log2(~used & -~used) }
    }
  }
}

/** What it holds never goes. */
const UNKNOWN = { maxretry: Infinity, findtimeMs: Infinity, distinct: false, waits: true }

/** All made in one way: V8 reads what has one shape the quickest. */
function windowOf({ name, kind, maxretry, findtimeMs, distinct, waits }: WindowSpec, { tag, bit }: Pick<Window, 'tag' | 'bit'>): Window {
  return { name, kind, maxretry, findtimeMs, distinct, waits, capacity: maxretry * (distinct ? 4 : 2), tag, bit }
}
