import type { Entry } from './table.ts'

/** An address whose events up to a time count no longer: somebody unbanned it. Kept as long as a window could hold one of them. */
export class Forgotten implements Entry {
  readonly untilMs: number
  readonly #keepMs: number

  constructor(untilMs: number, keepMs: number) {
    this.untilMs = untilMs
    this.#keepMs = keepMs
  }

  passed(nowMs: number): boolean {
    return this.untilMs + this.#keepMs < nowMs
  }

  encode(): string {
    return String(this.untilMs)
  }
}
