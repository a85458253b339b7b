import { Expiring } from './expiring.ts'

/** A request that has waited so long was not answered. */
const ANSWER_MS = 2000
/** Timer C (RFC 3261 section 16.6): nobody waits longer for the end of a call's ringing. */
const RINGING_MS = 180_000
/** 64 × T1 (RFC 3261 section 17): so long the same may come again. */
const REPEAT_MS = 32_000
/** As often as timers A and E (RFC 3261 section 17.1) let a client send one request. */
const MOST_COPIES = 11
/** Requests of one address that may wait at the same time; those beyond are reported at once. */
const MOST_WAITING_OF_ONE = 50
const MOST_WAITING = 20_000
const MOST_LATE = 20_000
const MOST_DONE = 50_000

interface Transaction<R> {
  readonly key: string
  /** Null once it is answered, or where it was not seen. */
  request: R | null
  fingerprint: string
  /** How often this very request has come. */
  copies: number
  /** Different requests under this key that wait for their final answers. */
  pending: number
  /** There was a provisional answer. */
  isRinging: boolean
  /** Its request has been given away as unanswered. */
  isReported: boolean
}

export interface Answered<R> {
  /** Null: it was not seen. */
  readonly request: R | null
  /** It was given away before as unanswered. */
  readonly isReported: boolean
}

/**
 * Requests and their final answers, found by a key that both carry (RFC 3261 section 17.1.3). Retransmissions of either are told by key
 * and fingerprint and are nothing; but a key that comes again with another request is a new request, and a request that comes more often
 * than any client may send it is one too: nobody hides behind a key of his own choice. A request of which no answer is known is given
 * away once, so that floods are seen that a server drops in silence. Bounded: what is oldest is given away early.
 */
export class Transactions<R extends { readonly ip: string }> {
  /** In the order of their coming; no final answer yet. */
  readonly #waiting = new Expiring<Transaction<R>>({ most: MOST_WAITING, forMs: ANSWER_MS })
  /** Reported or ringing, no final answer yet. */
  readonly #late = new Expiring<Transaction<R>>({ most: MOST_LATE, forMs: RINGING_MS })
  readonly #done = new Expiring<Transaction<R>>({ most: MOST_DONE, forMs: REPEAT_MS })
  /** How many of #waiting are of one address. */
  readonly #waitingOf = new Map<string, number>()

  get size(): number {
    return this.#waiting.size + this.#late.size + this.#done.size + this.#waitingOf.size
  }

  /** A request has come. Those that are now unanswered: this one, or older ones. */
  request(key: string, fingerprint: string, request: R, nowMs: number): R[] {
    const known = this.#waiting.get(key) ?? this.#late.get(key) ?? this.#done.get(key)
    if (known?.fingerprint === fingerprint) return ++known.copies > MOST_COPIES ? [request] : []
    const before = known ? this.#report(known) : []
    if (known) this.#take(known)
    const pending = (known?.pending ?? 0) + 1
    return [...before, ...this.#wait({ key, request, fingerprint, copies: 1, pending, isRinging: false, isReported: false }, nowMs)]
  }

  /** A provisional answer has come. */
  ringing(key: string): void {
    const known = this.#waiting.get(key)
    if (known) known.isRinging = true
  }

  /** A final answer has come. Null: it is one that has come before. */
  answer(key: string, nowMs: number): Answered<R> | null {
    const known = this.#waiting.get(key) ?? this.#late.get(key)
    if (!known) {
      if (this.#done.get(key)) return null
      const unseen = { key, request: null, fingerprint: '', copies: 0, pending: 0, isRinging: false, isReported: false }
      this.#done.set(key, unseen, nowMs)
      return { request: null, isReported: false }
    }
    const { request, isReported } = known
    known.pending--
    if (known.pending === 0) {
      this.#take(known)
      this.#done.set(key, { ...known, request: null }, nowMs)
    }
    return { request, isReported }
  }

  /** Those unanswered by now. */
  expire(nowMs: number): R[] {
    const unanswered: R[] = []
    for (const transaction of this.#waiting.expire(nowMs)) unanswered.push(...this.#tooLate(transaction, nowMs))
    for (const transaction of this.#late.expire(nowMs)) unanswered.push(...this.#report(transaction))
    this.#done.expire(nowMs)
    return unanswered
  }

  #wait(transaction: Transaction<R>, nowMs: number): R[] {
    const { ip } = transaction.request!
    const others = this.#waitingOf.get(ip) ?? 0
    if (others >= MOST_WAITING_OF_ONE) return this.#setLate(transaction, nowMs, this.#report(transaction))
    this.#waitingOf.set(ip, others + 1)
    const displaced = this.#waiting.set(transaction.key, transaction, nowMs)
    return displaced ? this.#tooLate(displaced, nowMs) : []
  }

  /** Of one that has just left #waiting. */
  #tooLate(transaction: Transaction<R>, nowMs: number): R[] {
    this.#leave(transaction)
    return this.#setLate(transaction, nowMs, transaction.isRinging ? [] : this.#report(transaction))
  }

  #setLate(transaction: Transaction<R>, nowMs: number, reported: R[]): R[] {
    const displaced = this.#late.set(transaction.key, transaction, nowMs)
    return displaced ? [...reported, ...this.#report(displaced)] : reported
  }

  #report(transaction: Transaction<R>): R[] {
    if (transaction.isReported || !transaction.request) return []
    transaction.isReported = true
    return [transaction.request]
  }

  #take(transaction: Transaction<R>): void {
    if (this.#waiting.delete(transaction.key)) this.#leave(transaction)
    this.#late.delete(transaction.key)
    this.#done.delete(transaction.key)
  }

  #leave(transaction: Transaction<R>): void {
    const { ip } = transaction.request!
    const left = this.#waitingOf.get(ip)! - 1
    if (left === 0) this.#waitingOf.delete(ip)
    else this.#waitingOf.set(ip, left)
  }
}
