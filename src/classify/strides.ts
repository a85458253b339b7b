/** Bytes that are read at once. */
export const STRIDE = 4

const PLACE_BITS = 12
/** Numbers that a place holds side by side, so that one look into memory gets all: */
const SIZE = 4
const FROM = 0
const WORD = 1
const TO = 2
const MESSAGE = 3

/**
 * What an automaton comes to by four bytes, read from some state: lines of a log have many of their first bytes in common, and to find these again
 * takes less than reading them one by one. A place for each hash; who comes later has it.
 */
export class Strides {
  readonly #kept = new Int32Array(SIZE << PLACE_BITS).fill(-1)

  /** The place of what is known of these bytes, `word`, from this state on; -1: nothing. */
  find(from: number, word: number): number {
    const place = placeOf(from, word)
    return this.#kept[place + FROM] === from && this.#kept[place + WORD] === word ? place : -1
  }

  /** The state that is reached. */
  to(place: number): number {
    return this.#kept[place + TO] as number
  }

  /** Behind how many of the bytes the message may begin, the last time; 0: behind none. */
  message(place: number): number {
    return this.#kept[place + MESSAGE] as number
  }

  keep(from: number, word: number, to: number, message: number): void {
    const place = placeOf(from, word)
    this.#kept[place + FROM] = from
    this.#kept[place + WORD] = word
    this.#kept[place + TO] = to
    this.#kept[place + MESSAGE] = message
  }
}

/** A product's upper bits depend on all bits of its factors. */
const placeOf = (from: number, word: number): number =>
  (Math.imul(word ^ Math.imul(from, 0x9e3779b1), 0x85ebca6b) >>> (32 - PLACE_BITS)) * SIZE
