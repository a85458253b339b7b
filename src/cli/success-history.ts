import { networkOf } from '../address.ts'
import type { SipEvent } from '../types.ts'

/** Who registered or authenticated from where, over a whole log. */
export interface SuccessHistory {
  event(event: SipEvent): void
  /** Users who succeeded from this address, or from anywhere in this /64, and when each of them first did, epoch ms. */
  at(place: string): ReadonlyMap<string, number>
}

const NOBODY: ReadonlyMap<string, number> = new Map()

export function createSuccessHistory(): SuccessHistory {
  const places = new Map<string, Map<string, number>>()
  return {
    event({ kind, ip, why, user, domain, atMs }) {
      if (ip === null || why !== null || (kind !== 'registration' && kind !== 'auth_success')) return
      const name = domain === null ? (user ?? '') : `${user}@${domain}`
      for (const place of new Set([ip, networkOf(ip)])) {
        const users = places.get(place) ?? new Map<string, number>()
        users.set(name, Math.min(atMs, users.get(name) ?? atMs))
        places.set(place, users)
      }
    },
    at: (place) => places.get(place) ?? NOBODY,
  }
}
