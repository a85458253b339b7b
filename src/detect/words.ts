export type Words = Int32Array<ArrayBuffer>

/** What is smaller may wait for the garbage collector: where no buffer was ever detached, V8 need not look before each access. */
const WORTH_DETACHING = 1 << 22

/** A longer copy. Large old memory is given back at once; pages of the new one take none before they are written. */
export function grown(words: Words, length: number): Words {
  const longer = new Int32Array(length)
  longer.set(words)
  giveBack(words)
  return longer
}

function giveBack({ buffer }: Words): void {
  if (buffer.byteLength >= WORTH_DETACHING) buffer.transfer(0)
}

const SMALLEST = 64
const FULLEST = 0.8
/** Old and new index stand side by side for a moment, so growing is rare. */
const GROWTH = 4

/**
 * Numbers of things (from 1) by a 32-bit hash of what they are: open addressing with linear probing. What has the same hash is told apart
 * by the caller, who walks `first` and `next`.
 */
export class SlotIndex {
  /** hash, slot; hash, slot; … A slot of 0 is free. */
  #words: Words = new Int32Array(2 * SMALLEST)
  #capacity = SMALLEST
  #size = 0
  readonly #enough: number

  /** @param expected it never grows beyond what this many need, unless there are more */
  constructor(expected: number) {
    this.#enough = Math.ceil((expected + 1) / FULLEST)
  }

  /** The first place that holds a slot of this hash, or -1. */
  first(hash: number): number {
    return this.#from(this.#home(hash), hash)
  }

  /** The next such place, or -1. */
  next(place: number, hash: number): number {
    return this.#from(this.#after(place), hash)
  }

  slotAt(place: number): number {
    return this.#words[2 * place + 1]!
  }

  add(hash: number, slot: number): void {
    if (this.#size >= this.#capacity * FULLEST) this.#grow()
    this.#put(hash, slot)
    this.#size++
  }

  remove(hash: number, slot: number): void {
    let hole = this.#home(hash)
    while (this.#words[2 * hole + 1] !== slot) hole = this.#after(hole)
    // What follows moves up, unless it would come to stand before the place where one begins to look for it.
    for (let place = this.#after(hole); this.slotAt(place) !== 0; place = this.#after(place)) {
      const home = this.#home(this.#words[2 * place]!)
      const stays = hole <= place ? hole < home && home <= place : hole < home || home <= place
      if (stays) continue
      this.#words.copyWithin(2 * hole, 2 * place, 2 * place + 2)
      hole = place
    }
    this.#words[2 * hole + 1] = 0
    this.#size--
  }

  #from(start: number, hash: number): number {
    const words = this.#words
    for (let place = start; words[2 * place + 1] !== 0; place = this.#after(place)) if (words[2 * place] === hash) return place
    return -1
  }

  #home(hash: number): number {
    return Math.floor(((hash >>> 0) * this.#capacity) / 0x1_0000_0000)
  }

  #after(place: number): number {
    return place + 1 === this.#capacity ? 0 : place + 1
  }

  #put(hash: number, slot: number): void {
    let place = this.#home(hash)
    while (this.slotAt(place) !== 0) place = this.#after(place)
    this.#words[2 * place] = hash
    this.#words[2 * place + 1] = slot
  }

  #grow(): void {
    const old = this.#words
    const larger = this.#capacity * GROWTH
    this.#capacity = this.#capacity < this.#enough ? Math.min(larger, this.#enough) : this.#capacity * 2
    this.#words = new Int32Array(2 * this.#capacity)
    for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) this.#put(old[i]!, old[i + 1]!)
    giveBack(old)
  }
}
