import { SipguardError } from '../errors.ts'
import { type Apply, applyBatch } from './apply-batch.ts'

/** Elements in one command. 1,000 take about 20 ms; more would make the next ban wait. */
export const BATCH = 1000

/** Elements that may wait; about 15 MB. */
export const WAITING_LIMIT = 50_000

export type Operation = 'add' | 'remove'

interface Item<T> {
  readonly operation: Operation
  readonly value: T
  readonly done: (reason: string | null) => void
  readonly failed: (error: unknown) => void
}
type Job<T> = Item<T> | (() => Promise<void>)

/**
 * Keeps the order of everything that is asked of one firewall, one command in flight at a time. The first goes at once; what queues
 * meanwhile goes together, in runs of the same operation. It is bounded: a call that comes when WAITING_LIMIT elements wait is refused; and
 * when nobody can be asked, what waits is refused with the same reason at once instead of waiting for the same time-out.
 */
export class ElementQueue<T> {
  readonly #apply: Readonly<Record<Operation, Apply<T>>>
  #jobs: Job<T>[] = []
  #busy = false

  constructor(apply: Readonly<Record<Operation, Apply<T>>>) {
    this.#apply = apply
  }

  /** Resolves to what was refused, in no particular order. */
  async push(operation: Operation, values: readonly T[]): Promise<{ item: T; reason: string }[]> {
    if (this.#jobs.length >= WAITING_LIMIT) {
      return values.map((item) => ({ item, reason: `${WAITING_LIMIT} elements are waiting for the firewall already` }))
    }
    const refused: { item: T; reason: string }[] = []
    const all = values.map(
      (value) =>
        new Promise<void>((resolve, failed) => {
          const done = (reason: string | null) => {
            if (reason !== null) refused.push({ item: value, reason })
            resolve()
          }
          this.#jobs.push({ operation, value, done, failed })
        }),
    )
    this.#start()
    await Promise.all(all)
    return refused
  }

  /** Runs alone, after everything asked before it and before everything asked after it. */
  exclusive<R>(task: () => Promise<R>): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#jobs.push(() => task().then(resolve, reject))
      this.#start()
    })
  }

  #start(): void {
    if (this.#busy) return
    this.#busy = true
    void this.#drain()
  }

  async #drain(): Promise<void> {
    for (let head = this.#jobs[0]; head !== undefined; head = this.#jobs[0]) {
      if (typeof head === 'function') {
        this.#jobs.shift()
        await head()
      } else {
        await this.#send(head.operation, this.#take(head.operation))
      }
    }
    this.#busy = false
  }

  #take(operation: Operation): Item<T>[] {
    const batch: Item<T>[] = []
    for (const job of this.#jobs) {
      if (batch.length === BATCH || typeof job === 'function' || job.operation !== operation) break
      batch.push(job)
    }
    this.#jobs.splice(0, batch.length)
    return batch
  }

  async #send(operation: Operation, batch: readonly Item<T>[]): Promise<void> {
    let unanswered: string | null = null
    const apply: Apply<Item<T>> = async (items) => {
      try {
        return await this.#apply[operation](items.map((item) => item.value))
      } catch (error) {
        if (error instanceof SipguardError) unanswered = error.message
        throw error
      }
    }
    try {
      const refused = await applyBatch(apply, batch)
      const reasons = new Map(refused.map(({ item, reason }) => [item, reason]))
      for (const item of batch) item.done(reasons.get(item) ?? null)
      if (unanswered !== null) this.#refuseWaiting(unanswered)
    } catch (error) {
      for (const item of batch) item.failed(error)
    }
  }

  #refuseWaiting(reason: string): void {
    const jobs = this.#jobs
    this.#jobs = jobs.filter((job) => typeof job === 'function')
    for (const job of jobs) if (typeof job !== 'function') job.done(reason)
  }
}
