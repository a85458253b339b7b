/** Lines from `from` up to but not including `to` that copytruncate removed before they were in a copy. */
export interface Gap {
  readonly from: number
  readonly to: number
  /** When the log was truncated, epoch ms. */
  readonly atMs: number
}

/** A truncation that the reader has told of. */
export interface Told {
  readonly atMs: number
  /** Bytes it had seen and could not read any more. */
  readonly seenBytes: number
}

export interface Account {
  readonly written: number
  readonly counted: number
  /** In no file any more when somebody could have looked for them, and not read before. */
  readonly swallowed: number
  /** Of the lines in such gaps, those that were read in time. */
  readonly rescued: number
  /** What should not be; empty when every line was counted exactly once. */
  readonly differences: readonly string[]
}

/** Which lines were counted how often, and whether that is right. */
export class Ledger {
  #times = new Uint8Array(1 << 20)
  #total = 0
  readonly #gaps: Gap[] = []
  readonly #told: Told[] = []

  gap(gap: Gap): void {
    if (gap.to > gap.from) this.#gaps.push(gap)
  }

  told(told: Told): void {
    this.#told.push(told)
  }

  /**
   * One run of the reader has ended, and its state says that it has counted `count` lines: the first so many that it printed. A line that
   * was committed but not printed any more is the one after.
   */
  committed(count: number, printed: readonly number[]): void {
    let number = -1
    for (let i = 0; i < count; i++) {
      number = printed[i] ?? number + 1
      this.#count(number)
    }
  }

  /** @param written lines written in all, `line 0` first @param lineBytes of each */
  account(written: number, lineBytes: number): Account {
    const differences: string[] = []
    const missing = this.#ranges(written, (times) => times === 0)
    const doubled = this.#ranges(written, (times) => times > 1)
    for (const { from, to } of doubled) differences.push(`lines ${from} to ${to - 1} were counted more than once`)
    let swallowed = 0
    for (const { from, to } of missing) {
      const gap = this.#gaps.find((other) => other.from <= from && other.to >= to)
      if (!gap) differences.push(`lines ${from} to ${to - 1} were lost`)
      else swallowed += to - from
      if (gap && !this.#told.some(({ atMs }) => atMs >= gap.atMs)) {
        differences.push(`lines ${from} to ${to - 1} were swallowed by copytruncate, and nothing was said`)
      }
    }
    const seenLines = this.#told.reduce((sum, { seenBytes }) => sum + seenBytes, 0) / lineBytes
    if (seenLines > swallowed) differences.push(`${seenLines} lines were said to be swallowed, which is more than ${swallowed}`)
    if (this.#times.subarray(written).some((times) => times > 0)) differences.push('lines were counted that nobody wrote')
    const inGaps = this.#gaps.reduce((sum, { from, to }) => sum + to - from, 0)
    return { written, counted: this.#total, swallowed, rescued: inGaps - swallowed, differences }
  }

  #count(number: number): void {
    if (number >= this.#times.length) {
      const larger = new Uint8Array(2 * Math.max(number, this.#times.length))
      larger.set(this.#times)
      this.#times = larger
    }
    this.#times[number]!++
    this.#total++
  }

  /** Lines of one fate; where a gap begins or ends, so does a range. */
  #ranges(written: number, wanted: (times: number) => boolean): { from: number; to: number }[] {
    const edges = new Set(this.#gaps.flatMap(({ from, to }) => [from, to]))
    const found: { from: number; to: number }[] = []
    let from = -1
    for (let n = 0; n <= written; n++) {
      const hit = n < written && wanted(this.#times[n] ?? 0)
      if (from >= 0 && (!hit || edges.has(n))) {
        found.push({ from, to: n })
        from = -1
      }
      if (hit && from < 0) from = n
    }
    return found
  }
}
