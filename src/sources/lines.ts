/** Longest line delivered, in bytes without its line end. What is longer is cut here: no SIP server writes such a line on purpose. */
export const MAX_LINE = 65_536

/** Bytes there is always room for, whatever unfinished line is being carried. */
export const READ_BYTES = 262_144

const NEWLINE = 10
const CARRIAGE_RETURN = 13

/** Whole lines found in one stretch of a stream. Valid until the next `room()` or `restart()`. */
export interface Lines {
  readonly bytes: Buffer
  /** start, end, start, end … in `bytes`, without line ends; may be longer than 2 × count. */
  readonly spans: Uint32Array
  readonly count: number
  readonly cut: number
  /** Stream offset of bytes[0]. */
  readonly offset: number
  /** Stream offset up to which everything has been delivered or skipped. */
  readonly end: number
  /** Whether `end` lies inside a line that was cut: its rest, up to the next newline, is still to be skipped. */
  readonly skipping: boolean
}

/** Nothing, at this place of a stream. */
export function noLines(offset: number, skipping: boolean): Lines {
  return { bytes: Buffer.alloc(0), spans: new Uint32Array(0), count: 0, cut: 0, offset, end: offset, skipping }
}

/**
 * Finds the lines of a byte stream. Lines end with `\n`; one `\r` before it (or before the end of the stream) is not part of the line; an
 * empty line is a line; all other bytes pass through. Where chunks begin and end makes no difference to what is found.
 *
 * Read into `room()`, then call `take()` with the number of bytes read. Bytes and spans are reused: use them before reading on.
 */
export class LineBuffer {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES + MAX_LINE + 1)
  #spans = new Uint32Array(8192)
  #offset = 0
  #used = 0
  /** Where the unfinished line begins. */
  #from = 0
  #skipping = false

  /** Forgets what is unfinished and goes on at `offset` of some stream. */
  restart(offset: number, skipping: boolean): void {
    this.#offset = offset
    this.#used = 0
    this.#from = 0
    this.#skipping = skipping
  }

  /** Where the next bytes of the stream go: at least READ_BYTES long. */
  room(): Buffer {
    if (this.#from > 0) {
      this.#buffer.copyWithin(0, this.#from, this.#used)
      this.#offset += this.#from
      this.#used -= this.#from
      this.#from = 0
    }
    return this.#buffer.subarray(this.#used)
  }

  /** The lines that are complete now that `added` bytes were put into `room()`. The unfinished rest is kept for the next call. */
  take(added: number): Lines {
    this.#used += added
    const bytes = this.#buffer.subarray(0, this.#used)
    let at = 0
    let count = 0
    let cut = 0
    if (this.#skipping) {
      const end = bytes.indexOf(NEWLINE)
      this.#skipping = end < 0
      at = end < 0 ? bytes.length : end + 1
    }
    for (let end = bytes.indexOf(NEWLINE, at); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      if (this.#add(count++, at, end)) cut++
      at = end + 1
    }
    // Not yet at MAX_LINE + 1: the last byte may be the `\r` of a line that just fits.
    if (bytes.length - at > MAX_LINE + 1) {
      this.#add(count++, at, bytes.length)
      cut++
      at = bytes.length
      this.#skipping = true
    }
    this.#from = at
    return this.#lines(bytes, count, cut)
  }

  /** The last line of a stream that ended without a newline; none if it did not. */
  rest(): Lines {
    const bytes = this.#buffer.subarray(0, this.#used)
    const at = this.#from
    this.#from = this.#used
    if (at === bytes.length) return this.#lines(bytes, 0, 0)
    return this.#lines(bytes, 1, this.#add(0, at, bytes.length) ? 1 : 0)
  }

  #lines(bytes: Buffer, count: number, cut: number): Lines {
    return { bytes, spans: this.#spans, count, cut, offset: this.#offset, end: this.#offset + this.#from, skipping: this.#skipping }
  }

  /** Whether the line had to be cut. */
  #add(index: number, start: number, lineEnd: number): boolean {
    if (index * 2 + 2 > this.#spans.length) {
      const larger = new Uint32Array(this.#spans.length * 2)
      larger.set(this.#spans)
      this.#spans = larger
    }
    const end = lineEnd > start && this.#buffer[lineEnd - 1] === CARRIAGE_RETURN ? lineEnd - 1 : lineEnd
    const long = end - start > MAX_LINE
    this.#spans[index * 2] = start
    this.#spans[index * 2 + 1] = long ? start + MAX_LINE : end
    return long
  }
}
