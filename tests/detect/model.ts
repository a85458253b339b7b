import { networkOf } from '../../src/address.ts'
import type { Jail } from '../../src/config/types.ts'
import type { SipEvent } from '../../src/types.ts'

export interface Fired {
  readonly filledBy: string
  readonly key: string
  readonly atMs: number
  readonly count: number
  readonly ids: readonly string[]
}

/** The window semantics said plainly: every event is kept for ever and every window is looked through. One stage, by ip. */
export class Model {
  readonly #jail: Jail
  readonly #keys = new Map<string, { seen: Set<string>; live: SipEvent[]; newestMs: number }>()
  readonly #successes: SipEvent[] = []
  readonly #forgotten: { network: string; untilMs: number }[] = []

  constructor(jail: Jail) {
    this.#jail = jail
  }

  observe(event: SipEvent): Fired | null {
    const key = networkOf(event.ip!)
    if (event.kind === 'registration') {
      this.#successes.push(event)
      return null
    }
    if (this.#isForgotten(event) || (this.#jail.distinct === 'user' && event.user === null)) return null
    const { maxretry, findtimeMs, distinct } = this.#jail
    const at = this.#keys.get(key) ?? { seen: new Set(), live: [], newestMs: Number.NEGATIVE_INFINITY }
    this.#keys.set(key, at)
    if (at.seen.has(event.id) || event.atMs < at.newestMs - 2 * findtimeMs) return null
    at.seen.add(event.id)
    at.live.push(event)
    at.newestMs = Math.max(at.newestMs, event.atMs)
    at.live = at.live.filter((hit) => hit.atMs >= at.newestMs - 2 * findtimeMs && !this.#isForgotten(hit))
    if (this.#isSpared(event)) return null

    const ends = at.live.map((hit) => hit.atMs).filter((endMs) => endMs >= event.atMs && endMs - event.atMs <= findtimeMs)
    for (const endMs of ends.sort((a, b) => b - a)) {
      const within = at.live.filter((hit) => hit.atMs <= endMs && endMs - hit.atMs <= findtimeMs)
      const count = distinct === null ? within.length : new Set(within.map((hit) => hit.user)).size
      if (count < maxretry) continue
      at.live = at.live.filter((hit) => !within.includes(hit))
      return { filledBy: event.id, key, atMs: endMs, count, ids: within.map((hit) => hit.id).sort() }
    }
    return null
  }

  forget(ip: string, untilMs: number): void {
    this.#forgotten.push({ network: networkOf(ip), untilMs })
  }

  #isForgotten(event: SipEvent): boolean {
    return this.#forgotten.some(({ network, untilMs }) => network === networkOf(event.ip!) && event.atMs <= untilMs)
  }

  #isSpared(event: SipEvent): boolean {
    if (this.#jail.unless === null) return false
    const { findtimeMs } = this.#jail
    return this.#successes.some(
      ({ ip, atMs }) => networkOf(ip!) === networkOf(event.ip!) && atMs <= event.atMs && event.atMs - atMs <= findtimeMs,
    )
  }
}
