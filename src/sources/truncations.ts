/** How often a log was truncated, what that swallowed, and saying so. */
export class Truncations {
  truncations = 0
  /** Seen, and gone before they could be read. */
  swallowedBytes = 0
  readonly #tell: (message: string) => void

  constructor(tell: (message: string) => void) {
    this.#tell = tell
  }

  /** @param lastLookMs how long before nobody looked */
  lost(bytes: number, lastLookMs: number): void {
    this.swallowedBytes += bytes
    const seen = bytes > 0 ? `${bytes} bytes were gone before they could be read` : 'all that had been seen of it is read'
    this.#truncated(seen, `in the ${lastLookMs} ms before`)
  }

  /** All that is known of it is in a copy. */
  copied(to: string): void {
    this.#truncated(`what it held is read from ${to}`, 'after that copy')
  }

  /** @param when the time in which more may have been written than anybody has seen */
  #truncated(known: string, when: string): void {
    this.truncations++
    this.#tell(`it was truncated: ${known}; lines written ${when}, if any, are gone`)
  }
}
