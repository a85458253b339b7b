import { alike, Words } from './words.ts'

/** What reading a line up to some byte has come to. Offsets count from the line's start. */
export interface Reached<State> {
  /** Bytes read. */
  length: number
  state: State
  headers: string | null
  sure: boolean
  timeTo: number
  message: number
}

/** More of a line's beginning is not remembered. */
const LONGEST = 64

/**
 * How the line before began. Lines of one log mostly begin like the one before, up to the time's end or the header's: what reading that far
 * came to need not be worked out again.
 */
export class Beginning<State> {
  readonly #bytes = new DataView(new ArrayBuffer(LONGEST))
  readonly #words = new Words()
  #length = 0
  #time: Reached<State> | null = null
  #header: Reached<State> | null = null

  /** The furthest that is known of a line that begins at bytes[start], or null. What is noted next is of this line. */
  of(bytes: Uint8Array, start: number, end: number): Reached<State> | null {
    const most = Math.min(this.#length, end - start)
    const same = alike(this.#words.of(bytes), start, this.#bytes, 0, most)
    if (this.#header !== null && this.#header.length <= same) return this.#header
    this.#header = null
    if (this.#time !== null && this.#time.length > same) this.#time = null
    this.#length = this.#time === null ? 0 : this.#time.length
    return this.#time
  }

  /** Whether the place where the time, or the header, of the line last asked for ends has been noted. */
  knows(headers: string | null): boolean {
    return (headers === null ? this.#time : this.#header) !== null
  }

  /** Of the line last asked for: the first place where a time may end, and the first where a header may. */
  note(bytes: Uint8Array, start: number, reached: Reached<State>): void {
    const { length, headers } = reached
    if (length > LONGEST || this.knows(headers)) return
    for (let i = this.#length; i < length; i++) this.#bytes.setUint8(i, bytes[start + i]!)
    this.#length = length
    if (headers === null) this.#time = reached
    else this.#header = reached
  }
}
