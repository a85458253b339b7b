const FIRST_MS = 500
const LONGEST_MS = 30_000

/** How long to wait before the next try, ms: twice as long each time, half a minute at most. */
export class Backoff {
  #nextMs = FIRST_MS

  next(): number {
    const ms = this.#nextMs
    this.#nextMs = Math.min(ms * 2, LONGEST_MS)
    return ms
  }

  /** It worked. */
  reset(): void {
    this.#nextMs = FIRST_MS
  }
}
