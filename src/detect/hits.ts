import type { Names } from './names.ts'
import { grown } from './words.ts'

/** One hit: time (low word), time (high 16 bits) and offset (high 16), offset (low word), stem and flags, value, marks. */
const TIME = 0
const HIGH = 1
const OFFSET = 2
const STEM = 3
const VALUE = 4
const MARKS = 5
export const HIT_WORDS = 6

const WORD = 0x1_0000_0000
/** In the word of the stem, which is a name. */
const PROVED = 1 << 31
const VALUE_IS_IPV4 = 1 << 30
/** The stem is the whole id, which has no offset. */
const WHOLE_ID = 1 << 29
const STEM_MASK = WHOLE_ID - 1

/** How many windows a hit can be in: 16 bits say in which it counts, 16 in which it has counted (and is kept to be known again). */
export const MOST_WINDOWS = 16
const LIVE = 0xffff

/** What a hit is before it is put anywhere. `stem` and a `value` that is no IPv4 address are names. */
export interface NewHit {
  readonly atMs: number
  readonly stem: number
  /** After the stem; -1: the stem is the whole id. Below 2 ** 48. */
  readonly offset: number
  readonly proved: boolean
}

/** Room for so many hits at a time. */
const SIZES: number[] = [0]
for (let size = 1; size < 2 ** 25; size = Math.ceil(size * 1.5)) SIZES.push(size)

/**
 * The hits of all records in one array: each record has a block of it, and says how many hits are there. Positions are those of a hit's
 * first word; they hold until the next `reserve`.
 */
export class Hits {
  #words: Int32Array<ArrayBuffer>
  #used = HIT_WORDS
  /** By size: blocks given back. */
  readonly #free: number[][] = SIZES.map(() => [])
  readonly #names: Names

  constructor(names: Names, expected: number) {
    this.#names = names
    this.#words = new Int32Array((expected + 1) * HIT_WORDS)
  }

  /** The size of blocks that hold this many. */
  sizeFor(count: number): number {
    let size = 0
    while (SIZES[size]! < count) size++
    return size
  }

  capacity(size: number): number {
    return SIZES[size]!
  }

  reserve(size: number): number {
    if (size === 0) return 0
    const free = this.#free[size]!.pop()
    if (free !== undefined) return free
    const block = this.#used
    this.#used += SIZES[size]! * HIT_WORDS
    if (this.#words.length < this.#used) this.#words = grown(this.#words, Math.max(this.#words.length * 2, this.#used))
    return block
  }

  giveBack(block: number, size: number): void {
    if (size > 0) this.#free[size]!.push(block)
  }

  /** Copies so many hits. */
  copy(from: number, to: number, count: number): void {
    this.#words.copyWithin(to, from, from + count * HIT_WORDS)
  }

  /** Moves one hit to another place; those in between make room. */
  shift(from: number, to: number): void {
    if (from === to) return
    const hit = this.#words.slice(from, from + HIT_WORDS)
    if (from < to) this.#words.copyWithin(from, from + HIT_WORDS, to + HIT_WORDS)
    else this.#words.copyWithin(to + HIT_WORDS, to, from)
    this.#words.set(hit, to)
  }

  /** Writes a hit, with no marks. It holds its names. */
  write(at: number, hit: NewHit, value: number, valueIsIPv4: boolean): void {
    const { atMs, stem, offset, proved } = hit
    const high = offset < 0 ? 0 : Math.floor(offset / WORD)
    this.#words[at + TIME] = atMs
    this.#words[at + HIGH] = (Math.floor(atMs / WORD) << 16) | high
    this.#words[at + OFFSET] = offset
    this.#words[at + STEM] = stem | (proved ? PROVED : 0) | (valueIsIPv4 ? VALUE_IS_IPV4 : 0) | (offset < 0 ? WHOLE_ID : 0)
    this.#words[at + VALUE] = value
    this.#words[at + MARKS] = 0
    this.#names.holdAgain(stem)
    if (value !== 0 && !valueIsIPv4) this.#names.holdAgain(value)
  }

  /** What it was before it was put here. */
  read(at: number): NewHit {
    const word = this.#words[at + STEM]!
    const offset = (this.#words[at + HIGH]! & 0xffff) * WORD + (this.#words[at + OFFSET]! >>> 0)
    return { atMs: this.atMs(at), stem: word & STEM_MASK, offset: word & WHOLE_ID ? -1 : offset, proved: word < 0 }
  }

  /** Lets go of a hit's names. */
  release(at: number): void {
    this.#names.release(this.#words[at + STEM]! & STEM_MASK)
    if (this.value(at) !== 0 && !this.valueIsIPv4(at)) this.#names.release(this.value(at))
  }

  atMs(at: number): number {
    return (this.#words[at + HIGH]! >> 16) * WORD + (this.#words[at + TIME]! >>> 0)
  }

  isProved(at: number): boolean {
    return this.#words[at + STEM]! < 0
  }

  value(at: number): number {
    return this.#words[at + VALUE]!
  }

  valueIsIPv4(at: number): boolean {
    return (this.#words[at + STEM]! & VALUE_IS_IPV4) !== 0
  }

  sameValue(a: number, b: number): boolean {
    return this.value(a) === this.value(b) && this.valueIsIPv4(a) === this.valueIsIPv4(b)
  }

  /** Whether it is of this very line; its time is taken as equal. */
  hasId(at: number, { stem, offset }: NewHit): boolean {
    const words = this.#words
    if ((words[at + STEM]! & (STEM_MASK | WHOLE_ID)) !== (offset < 0 ? stem | WHOLE_ID : stem)) return false
    return offset < 0 || (words[at + OFFSET] === (offset | 0) && (words[at + HIGH]! & 0xffff) === Math.floor(offset / WORD))
  }

  /** The event ids of hits, which are mostly of one stem. */
  idsOf(positions: readonly number[]): string[] {
    let stem = 0
    let text = ''
    return positions.map((at) => {
      const hit = this.read(at)
      if (hit.stem !== stem) text = this.#names.textOf(hit.stem)
      stem = hit.stem
      return hit.offset < 0 ? text : `${text}${hit.offset}`
    })
  }

  /** The windows it counts in, a bit each. */
  live(at: number): number {
    return this.#words[at + MARKS]! & LIVE
  }

  /** The windows it has counted in. */
  spent(at: number): number {
    return this.#words[at + MARKS]! >>> MOST_WINDOWS
  }

  mark(at: number, live: number, spent: number): void {
    this.#words[at + MARKS] = live | (spent << MOST_WINDOWS)
  }
}
