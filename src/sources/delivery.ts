import { setTimeout as sleep } from 'node:timers/promises'
import type { LineBatch } from '../types.ts'
import { reasonOf } from './reason.ts'
import type { Sink } from './source.ts'

/** A sink that rejected is asked again after this long, ms. */
const RETRY_MS = 1000

/**
 * Hands batches to a sink, one at a time and in order, each of them again and again until it is taken: for what can be read only once.
 * Whoever awaits `deliver` before reading on passes the sink's pace on to where the lines come from.
 */
export class Delivery {
  /** Receive time of the newest line that was taken, epoch ms. */
  lastLineAtMs: number | null = null
  /** Why the sink takes nothing; null while it does. */
  trouble: string | null = null
  readonly #sink: Sink
  readonly #onNotice: (message: string) => void
  readonly #hurrying = new AbortController()
  #ended = false
  #last: Promise<unknown> = Promise.resolve()

  /** `onNotice` takes what is to be said behind the source's name. */
  constructor(sink: Sink, onNotice: (message: string) => void) {
    this.#sink = sink
    this.#onNotice = onNotice
  }

  /** Resolves to true when the sink has taken the batch; to false when it was given up. */
  deliver(batch: LineBatch): Promise<boolean> {
    const taken = this.#last.then(() => this.#insist(batch))
    this.#last = taken
    return taken
  }

  /** From now on a batch that is not taken at once is given up. */
  hurry(): void {
    this.#hurrying.abort()
  }

  /** Nothing more is handed on; resolves when what is being handed on has been. */
  async end(): Promise<void> {
    this.#ended = true
    this.hurry()
    await this.#last
  }

  async #insist(batch: LineBatch): Promise<boolean> {
    const { signal } = this.#hurrying
    while (!this.#ended) {
      try {
        await this.#sink(batch)
      } catch (error) {
        if (signal.aborted) return false
        if (this.trouble === null) this.#onNotice(`its lines are not taken: ${reasonOf(error)}`)
        this.trouble = reasonOf(error)
        await sleep(RETRY_MS, null, { signal }).catch(() => {})
        continue
      }
      if (this.trouble !== null) this.#onNotice('its lines are taken again')
      this.trouble = null
      if (batch.count > 0) this.lastLineAtMs = batch.receivedAtMs
      return true
    }
    return false
  }
}
