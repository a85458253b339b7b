import { wholeOf } from '../address.ts'
import { type Entry, Table } from './table.ts'

/** First character of their row keys. */
export const FORGOTTEN = 'f'

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

/** All of them, by network. */
export class ForgottenNetworks extends Table<Forgotten> {
  constructor(maxKeys: number) {
    super(FORGOTTEN, maxKeys)
  }

  /** Until when the events of a network (or of its /64) no longer count, epoch ms; -Infinity: they all do. */
  untilMs(network: string): number {
    return (this.size === 0 ? undefined : this.get(wholeOf(network))?.untilMs) ?? Number.NEGATIVE_INFINITY
  }
}
