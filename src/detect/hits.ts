import type { Names } from './names.ts'
import { grown, type Words } from './words.ts'

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
const STREAM = WHOLE_ID | STEM_MASK

/** How many windows a hit can be in: 16 bits say in which it counts, 16 in which it has counted (and is kept to be known again). */
export const MOST_WINDOWS = 16
const LIVE = 0xffff

/**
 * What a hit tells. `stem` and a `value` that is no IPv4 address are names. `value` is the name or IPv4 address of what a `distinct` window
 * counts; 0: it has none.
 */
export interface Entry {
  readonly atMs: number
  readonly stem: number
  /** After the stem; -1: the stem is the whole id. Below 2 ** 48. */
  readonly offset: number
  readonly proved: boolean
  readonly value: number
  readonly valueIsIPv4: boolean
}

/** A hit that stands nowhere yet: the words of one (`encodeHit`), without marks. */
export type LooseHit = Words

/** With the windows it counts in, and those it has counted in, a bit each. */
export interface MarkedHit extends Entry {
  readonly live: number
  readonly spent: number
}

/** Room for so many hits at a time. */
const SIZES: number[] = [0]
for (let size = 1; size < 2 ** 25; size = Math.ceil(size * 1.5)) SIZES.push(size)

/** What stands at a hit's position; `countedOf`: its value. Functions, so that a loop over many hits fetches their words once. */
export const atMsOf = (words: Words, at: number): number => (words[at + HIGH]! >> 16) * WORD + (words[at + TIME]! >>> 0)
export const countedOf = (words: Words, at: number): number => words[at + VALUE]!
/** The windows it counts in, a bit each. */
export const liveOf = (words: Words, at: number): number => words[at + MARKS]! & LIVE
/** The windows it has counted in. */
export const spentOf = (words: Words, at: number): number => words[at + MARKS]! >>> MOST_WINDOWS
/** Both. */
export const marksOf = (words: Words, at: number): number => (words[at + MARKS]! & LIVE) | (words[at + MARKS]! >>> MOST_WINDOWS)

/** A hit without marks. */
export function encodeHit({ atMs, stem, offset, proved, value, valueIsIPv4 }: Entry, to: Words, place: number): void {
  const high = offset < 0 ? 0 : Math.floor(offset / WORD)
  to[place + TIME] = atMs
  to[place + HIGH] = (Math.floor(atMs / WORD) << 16) | high
  to[place + OFFSET] = offset
  to[place + STEM] = stem | (proved ? PROVED : 0) | (offset < 0 ? WHOLE_ID : 0)
  to[place + MARKS] = 0
  encodeValue(value, valueIsIPv4, to, place)
}

/** Of a hit that is encoded already. */
export function encodeValue(value: number, valueIsIPv4: boolean, to: Words, place: number): void {
  to[place + VALUE] = value
  to[place + STEM] = (to[place + STEM]! & ~VALUE_IS_IPV4) | (valueIsIPv4 ? VALUE_IS_IPV4 : 0)
}

/** What was encoded there. */
export function readHit(words: Words, at: number): Entry {
  const word = words[at + STEM]!
  const offset = word & WHOLE_ID ? -1 : (words[at + HIGH]! & 0xffff) * WORD + (words[at + OFFSET]! >>> 0)
  const valueIsIPv4 = (word & VALUE_IS_IPV4) !== 0
  return { atMs: atMsOf(words, at), stem: word & STEM_MASK, offset, proved: word < 0, value: countedOf(words, at), valueIsIPv4 }
}

/**
 * How hits stand: by time, those of one time by stream and by their place in it; 0: both are of one line. So a line that is the newest of its
 * stream is known to be new at a glance, however many came in the same second.
 */
export function compareHits(words: Words, at: number, others: Words, place: number): number {
  const apartMs = atMsOf(words, at) - atMsOf(others, place)
  if (apartMs !== 0) return apartMs
  const streams = (words[at + STEM]! & STREAM) - (others[place + STEM]! & STREAM)
  if (streams !== 0) return streams
  const high = (words[at + HIGH]! & 0xffff) - (others[place + HIGH]! & 0xffff)
  return high !== 0 ? high : (words[at + OFFSET]! >>> 0) - (others[place + OFFSET]! >>> 0)
}

export function copyHit(from: Words, at: number, to: Words, place: number): void {
  for (let i = 0; i < HIT_WORDS; i++) to[place + i] = from[at + i]!
}

/**
 * The hits of all records in one array: each record has a block of it, and says how many hits are there. Positions are those of a hit's
 * first word; they and the words hold until the next `reserve`.
 */
export class Hits {
  words: Words
  #used = HIT_WORDS
  /** By size: blocks given back. */
  readonly #free: number[][] = SIZES.map(() => [])
  readonly #names: Names

  constructor(names: Names, expected: number) {
    this.#names = names
    this.words = new Int32Array((expected + 1) * HIT_WORDS)
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
    if (this.words.length < this.#used) this.words = grown(this.words, Math.max(this.words.length * 2, this.#used))
    return block
  }

  giveBack(block: number, size: number): void {
    if (size > 0) this.#free[size]!.push(block)
  }

  /** Copies so many hits. */
  copy(from: number, to: number, count: number): void {
    if (count > 0) this.words.copyWithin(to, from, from + count * HIT_WORDS)
  }

  /** Moves one hit to a later place; those in between make room. */
  shift(from: number, to: number): void {
    if (from === to) return
    const hit = this.words.slice(from, from + HIT_WORDS)
    this.words.copyWithin(from, from + HIT_WORDS, to + HIT_WORDS)
    this.words.set(hit, to)
  }

  /** Writes a hit, with these marks. It holds its names. */
  write(at: number, hit: LooseHit, live: number, spent: number): void {
    const { words } = this
    copyHit(hit, 0, words, at)
    words[at + MARKS] = live | (spent << MOST_WINDOWS)
    this.#names.holdAgain(words[at + STEM]! & STEM_MASK)
    if (this.value(at) !== 0 && !this.valueIsIPv4(at)) this.#names.holdAgain(this.value(at))
  }

  /** Lets go of a hit's names. */
  release(at: number): void {
    this.#names.release(this.words[at + STEM]! & STEM_MASK)
    if (this.value(at) !== 0 && !this.valueIsIPv4(at)) this.#names.release(this.value(at))
  }

  atMs(at: number): number {
    return atMsOf(this.words, at)
  }

  isProved(at: number): boolean {
    return this.words[at + STEM]! < 0
  }

  value(at: number): number {
    return countedOf(this.words, at)
  }

  valueIsIPv4(at: number): boolean {
    return (this.words[at + STEM]! & VALUE_IS_IPV4) !== 0
  }

  /** The same for the same value; that of an address is told from a name's. */
  valueKey(at: number): number {
    return this.value(at) + (this.valueIsIPv4(at) ? 0 : 0.5)
  }

  /** Whether it is of this very line. */
  isOf(at: number, hit: LooseHit): boolean {
    return compareHits(this.words, at, hit, 0) === 0
  }

  /** The event id up to its offset. */
  stemText(at: number): string {
    return this.#names.textOf(this.words[at + STEM]! & STEM_MASK)
  }

  /** What follows the stem; -1: nothing. */
  offset(at: number): number {
    if (this.words[at + STEM]! & WHOLE_ID) return -1
    return (this.words[at + HIGH]! & 0xffff) * WORD + (this.words[at + OFFSET]! >>> 0)
  }

  live(at: number): number {
    return liveOf(this.words, at)
  }

  spent(at: number): number {
    return spentOf(this.words, at)
  }

  mark(at: number, live: number, spent: number): void {
    this.words[at + MARKS] = live | (spent << MOST_WINDOWS)
  }
}

export const idOf = (stem: string, offset: number): string => (offset < 0 ? stem : `${stem}${offset}`)
