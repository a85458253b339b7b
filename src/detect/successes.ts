import type { Entry } from './table.ts'

/**
 * When an address succeeded, as runs in which no gap is longer than findtime. For the one question asked, "was there a success in the
 * findtime before t?", a run says as much as all its times, and the two newest runs answer it for every t up to a findtime late.
 */
export class Successes implements Entry {
  readonly #findtimeMs: number
  /** Sorted, at most two. */
  #runs: { fromMs: number; toMs: number }[] = []

  constructor(findtimeMs: number) {
    this.#findtimeMs = findtimeMs
  }

  note(atMs: number): void {
    const run = { fromMs: atMs, toMs: atMs }
    const apart = this.#runs.filter((other) => {
      if (other.toMs + this.#findtimeMs < run.fromMs || other.fromMs - this.#findtimeMs > run.toMs) return true
      run.fromMs = Math.min(run.fromMs, other.fromMs)
      run.toMs = Math.max(run.toMs, other.toMs)
      return false
    })
    this.#runs = [...apart, run].sort((a, b) => a.fromMs - b.fromMs).slice(-2)
  }

  /** Whether there was a success at this time or within findtime before it. */
  cover(atMs: number): boolean {
    return this.#runs.some((run) => run.fromMs <= atMs && atMs - run.toMs <= this.#findtimeMs)
  }

  /** A line 2 × findtime late asks about the findtime before it. */
  passed(nowMs: number): boolean {
    return (this.#runs.at(-1)?.toMs ?? Number.NEGATIVE_INFINITY) + 3 * this.#findtimeMs < nowMs
  }

  encode(): string {
    return JSON.stringify(this.#runs.map((run) => [run.fromMs, run.toMs]))
  }

  static decode(findtimeMs: number, data: string): Successes {
    const successes = new Successes(findtimeMs)
    successes.#runs = (JSON.parse(data) as [number, number][]).map(([fromMs, toMs]) => ({ fromMs, toMs }))
    return successes
  }
}
