import type { Alert, AlertKind } from '../types.ts'

/** What was said is not said again for so long, by the events' own times. */
const COOLDOWN_MS = 36e5
/** Different ones remembered; past it the oldest go first, and may be said twice. */
const MOST_REMEMBERED = 50_000

/** Which alerts have been raised lately. */
export class Alerts {
  readonly #raisedMs = new Map<string, number>()

  /** Whether it is to be said now. */
  raise(kind: AlertKind, { jail, key, ip, user, atMs }: Pick<Alert, 'jail' | 'key' | 'ip' | 'user' | 'atMs'>): boolean {
    // One user may be attacked from many addresses, and one address fail with many users: what varies does not make it new.
    const byUser = kind === 'phone_old_password' || kind === 'credential_suspect'
    const id = byUser ? `${kind} ${ip} ${user}` : `${kind} ${jail} ${kind === 'user_under_attack' ? key : ip}`
    const raisedMs = this.#raisedMs.get(id)
    if (raisedMs !== undefined && Math.abs(atMs - raisedMs) < COOLDOWN_MS) return false
    this.#raisedMs.delete(id)
    this.#raisedMs.set(id, atMs)
    if (this.#raisedMs.size > MOST_REMEMBERED) this.#raisedMs.delete(this.#raisedMs.keys().next().value!)
    return true
  }
}
