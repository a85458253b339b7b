import { codeOf, reasonOf } from './reason.ts'

/** Why a log cannot be read: kept as long as that lasts, and told once. */
export class Trouble {
  /** Null: it can be read. */
  reason: string | null = null
  readonly #tell: (message: string) => void
  #told = false

  constructor(tell: (message: string) => void) {
    this.#tell = tell
  }

  began(error: unknown): void {
    this.reason = reasonOf(error)
    // A log that does not exist yet is nothing to be told of.
    if (this.#told || codeOf(error) === 'ENOENT') return
    this.#told = true
    this.#tell(`it cannot be read: ${this.reason}`)
  }

  over(): void {
    if (this.#told) this.#tell('it can be read again')
    this.#told = false
    this.reason = null
  }
}
