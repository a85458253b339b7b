import { canonicalAddress } from '../address.ts'
import { fieldText, PLACE_NAMES, PLACES, type ReadFields } from './event.ts'
import { TextCache } from './text-cache.ts'
import { Words } from './words.ts'

const LONGEST_NUMBER = 10
/** Hardly ever the same twice: they would push the others out of the cache. */
const NEVER_AGAIN = (1 << PLACES.contact) | (1 << PLACES.callId) | (1 << PLACES.requestUri)
const ZERO = 48

/** What a line's bytes say where the spans of its fields are known. */
export class SpanFields implements ReadFields {
  /** Start and end of each group of PLACES in `bytes`; -1, -1: it took no part. */
  readonly spans = new Int32Array(2 * PLACE_NAMES.length)
  #bytes: Buffer = Buffer.alloc(0)
  #view: DataView = new DataView(new ArrayBuffer())
  readonly #words = new Words()
  readonly #addresses = new TextCache(canonicalAddress)
  readonly #texts = new TextCache(fieldText)

  /** Where the spans are. */
  set bytes(bytes: Buffer) {
    this.#bytes = bytes
    this.#view = this.#words.of(bytes)
  }

  address(): string | null {
    return this.#from(PLACES.addr, this.#addresses)
  }

  text(place: number): string | null {
    return this.#from(place, NEVER_AGAIN & (1 << place) ? null : this.#texts)
  }

  number(place: number): number | null {
    const start = this.spans[2 * place]!
    const end = this.spans[2 * place + 1]!
    if (end === start || end - start > LONGEST_NUMBER) return null
    let number = 0
    for (let i = start; i < end; i++) {
      const digit = this.#bytes[i]! - ZERO
      if (digit < 0 || digit > 9) return null
      number = number * 10 + digit
    }
    return number
  }

  #from(place: number, cache: TextCache<string | null> | null): string | null {
    const start = this.spans[2 * place]!
    const end = this.spans[2 * place + 1]!
    if (end === start) return null
    return cache === null ? fieldText(this.#bytes.toString('latin1', start, end)) : cache.of(this.#bytes, this.#view, start, end)
  }
}
