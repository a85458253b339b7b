import { networkOf } from '../address.ts'
import type { Offence } from '../kept.ts'
import { Deadlines } from './deadlines.ts'

/**
 * How often each address (an IPv6 address's /64) was banned, over all jails. Past `most` those go first that would be forgotten first;
 * those that are banned for ever always stay.
 */
export class Offences {
  readonly #most: number
  readonly #offences = new Map<string, Offence>()
  readonly #due = new Deadlines<Offence>()
  readonly #changed = new Set<Offence>()
  readonly #forgiven = new Set<string>()

  constructor(most: number) {
    this.#most = most
  }

  /** Which ban of this address the next one would be, from 1. */
  next(ip: string, nowMs: number): number {
    const offence = this.#offences.get(networkOf(ip))
    return offence && endOf(offence) > nowMs ? offence.nth + 1 : 1
  }

  /** A ban until then (null: for ever) that is remembered for `memoryMs` longer. */
  note(ip: string, nth: number, untilMs: number | null, memoryMs: number): void {
    const network = networkOf(ip)
    const before = this.#offences.get(network)
    let forgetMs = untilMs === null ? null : untilMs + memoryMs
    if (before && forgetMs !== null) forgetMs = before.forgetMs === null ? null : Math.max(before.forgetMs, forgetMs)
    if (before) this.#changed.delete(before)
    const offence: Offence = { ip: network, nth, untilMs, forgetMs }
    this.#changed.add(offence)
    this.restore(offence)
  }

  restore(offence: Offence): void {
    this.#offences.set(offence.ip, offence)
    if (offence.forgetMs !== null) this.#due.add(offence.forgetMs, offence)
    if (this.#offences.size > this.#most) this.#forgetSoonest()
  }

  forgive(network: string): void {
    const offence = this.#offences.get(network)
    if (!offence) return
    this.#offences.delete(network)
    this.#changed.delete(offence)
    this.#forgiven.add(network)
  }

  expire(nowMs: number): void {
    for (let offence = this.#due.take(nowMs); offence; offence = this.#due.take(nowMs)) {
      if (this.#offences.get(offence.ip) === offence) this.forgive(offence.ip)
    }
  }

  drain(): { offences: Offence[]; forgiven: string[] } {
    const changes = { offences: [...this.#changed], forgiven: [...this.#forgiven] }
    this.#changed.clear()
    this.#forgiven.clear()
    return changes
  }

  #forgetSoonest(): void {
    for (let offence = this.#due.take(Number.POSITIVE_INFINITY); offence; offence = this.#due.take(Number.POSITIVE_INFINITY)) {
      if (this.#offences.get(offence.ip) !== offence) continue
      this.forgive(offence.ip)
      return
    }
  }
}

function endOf(offence: Offence): number {
  return offence.forgetMs ?? Number.POSITIVE_INFINITY
}
