import { NoAnswer } from './calls.ts'

/**
 * What is wrong, once something was not answered, or failed twice in a row: a connection that is lost and made again at once is nobody's
 * trouble.
 */
export class Trouble {
  #failures = 0
  #message: string | null = null

  get message(): string | null {
    return this.#message
  }

  failed(error: Error): void {
    this.#failures++
    if (this.#failures > 1 || error instanceof NoAnswer) this.#message = error.message
  }

  over(): void {
    this.#failures = 0
    this.#message = null
  }
}
