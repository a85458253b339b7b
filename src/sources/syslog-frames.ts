import { MAX_LINE } from './lines.ts'
import type { Frames } from './tcp-listener.ts'

const NEWLINE = 10
/** `MSG-LEN SP` and the `<` that every syslog message begins with: a line of text that begins with a number is none. */
const COUNTED = /^([1-9]\d{0,6}) </
/** What may still become that. */
const COUNT_BEGUN = /^[1-9]\d{0,6} ?$/
const LONGEST_COUNT = 9

/**
 * Takes the messages out of one TCP connection (RFC 6587): octet counting or, ended by a newline, non-transparent framing, told apart
 * for each message. Of one longer than MAX_LINE bytes so much is taken, and the rest skipped. Holds at most that, whatever comes.
 */
export class SyslogFrames implements Frames {
  /** A newline always ends something. */
  readonly lost = false
  #rest: Buffer = Buffer.alloc(0)
  /** Bytes to leave out, or everything up to the next newline. */
  #skip: number | 'line' = 0

  take(chunk: Buffer): Buffer[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: Buffer[] = []
    let at = 0
    while (at < bytes.length) {
      const next = this.#skip === 0 ? this.#next(bytes, at, messages) : this.#skipped(bytes, at)
      if (next === at) break
      at = next
    }
    this.#rest = Buffer.from(bytes.subarray(at))
    return messages
  }

  get unfinished(): boolean {
    return this.#rest.length > 0
  }

  /** Takes one message that begins at `at`; where the next one does. */
  #next(bytes: Buffer, at: number, messages: Buffer[]): number {
    const head = bytes.toString('latin1', at, at + LONGEST_COUNT)
    const counted = COUNTED.exec(head)
    if (counted) return this.#nextCounted(bytes, at + counted[0].length - 1, Number(counted[1]), messages) ?? at
    if (COUNT_BEGUN.test(head) && head.length < LONGEST_COUNT) return at
    const newline = bytes.indexOf(NEWLINE, at)
    if (newline >= 0) {
      messages.push(bytes.subarray(at, newline))
      return newline + 1
    }
    if (bytes.length - at <= MAX_LINE) return at
    messages.push(bytes.subarray(at))
    this.#skip = 'line'
    return bytes.length
  }

  #nextCounted(bytes: Buffer, start: number, length: number, messages: Buffer[]): number | null {
    const end = start + length
    if (length > MAX_LINE && bytes.length > start + MAX_LINE) {
      // One byte more than fits, so that it is seen to be cut.
      messages.push(bytes.subarray(start, start + MAX_LINE + 1))
      this.#skip = length - (MAX_LINE + 1)
      return start + MAX_LINE + 1
    }
    if (bytes.length < end) return null
    messages.push(bytes.subarray(start, end))
    return end
  }

  #skipped(bytes: Buffer, at: number): number {
    if (this.#skip === 'line') {
      const newline = bytes.indexOf(NEWLINE, at)
      if (newline >= 0) this.#skip = 0
      return newline < 0 ? bytes.length : newline + 1
    }
    const end = Math.min(bytes.length, at + this.#skip)
    this.#skip -= end - at
    return end
  }
}
