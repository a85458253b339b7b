import { TOP_RANK } from './ranks.ts'
import { Entry } from './table.ts'

/** An address whose events up to a time count no longer: somebody unbanned it. Kept as long as a window could hold one of them. */
export class Forgotten extends Entry {
  readonly untilMs: number
  readonly #keepMs: number

  constructor(untilMs: number, keepMs: number) {
    super()
    this.untilMs = untilMs
    this.#keepMs = keepMs
  }

  /** A person's word is the last to go. */
  danger(): number {
    return TOP_RANK
  }

  passed(nowMs: number): boolean {
    return this.untilMs + this.#keepMs < nowMs
  }

  get newestMs(): number {
    return this.untilMs
  }

  encode(): string {
    return String(this.untilMs)
  }
}
