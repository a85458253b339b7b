import { alike } from './words.ts'

/** Longer texts are made anew each time. */
const LONGEST = 32
const LENGTH_BITS = 5
const PLACE_BITS = 14
const FNV_PRIME = 0x01000193

/**
 * What some texts of a log mean: the same few addresses, users and domains come over and over, and to find one again takes less than to make
 * a string of bytes, which then would have to be hashed. A place for each hash; who comes later has it.
 */
export class TextCache<Meaning> {
  readonly #meaningOf: (text: string) => Meaning
  readonly #lengths = new Uint8Array(1 << PLACE_BITS)
  readonly #texts = new DataView(new ArrayBuffer(1 << (PLACE_BITS + LENGTH_BITS)))
  readonly #meanings: Meaning[] = []

  /** @param meaningOf pure; of a text that holds one character a byte, and is not empty */
  constructor(meaningOf: (text: string) => Meaning) {
    this.#meaningOf = meaningOf
  }

  /**
   * Of the text at bytes[start, end), which is not empty.
   * @param words a view of the same bytes
   */
  of(bytes: Buffer, words: DataView, start: number, end: number): Meaning {
    const length = end - start
    if (length > LONGEST) return this.#meaningOf(bytes.toString('latin1', start, end))
    let hash = length
    let i = start
    for (; i + 4 <= end; i += 4) hash = Math.imul(hash ^ words.getInt32(i, true), FNV_PRIME)
    for (; i < end; i++) hash = Math.imul(hash ^ words.getUint8(i), FNV_PRIME)
    // A product's upper bits depend on all bytes.
    const place = hash >>> (32 - PLACE_BITS)
    const first = place << LENGTH_BITS
    if (this.#lengths[place] === length && alike(words, start, this.#texts, first, length) === length) return this.#meanings[place]!
    const meaning = this.#meaningOf(bytes.toString('latin1', start, end))
    this.#lengths[place] = length
    for (let k = 0; k < length; k++) this.#texts.setUint8(first + k, words.getUint8(start + k))
    this.#meanings[place] = meaning
    return meaning
  }
}
