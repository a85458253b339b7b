import { createDecider, createTrustBook, type DeciderOptions } from '../../src/decide/index.ts'
import type { Decision, Detection } from '../../src/types.ts'
import { HOUR, jailOf } from '../detect/samples.ts'

export const DAY = 24 * HOUR
export const WEEK = 7 * DAY

/** A detection of sip-test, proved, an hour's ban, but for what is given. */
export function detectionOf(given: Partial<Detection> = {}): Detection {
  const ip = given.ip ?? '192.0.2.1'
  return {
    ...{ jail: 'sip-test', stage: 1, key: ip, scope: 'address', sweep: null, ip, port: null, transport: null, user: null },
    ...{ atMs: 0, count: 3, hits: [], proved: true },
    ...given,
  }
}

/** Bans for an hour, doubled each time up to 4 weeks. */
export const doubling = jailOf({ increment: { factor: 2, maxtimeMs: 4 * WEEK } })

export function decided(given: Partial<DeciderOptions> = {}) {
  const trust = createTrustBook(WEEK)
  return { trust, decider: createDecider({ jails: [doubling], trust, node: 'node-a', unprovedMaxMs: HOUR, ...given }) }
}

/** `ban`, the kind of alert, or why not, of each. */
export function outcomes(decisions: readonly Decision[]): string[] {
  return decisions.map((decision) => {
    if (decision.type === 'alert') return decision.alert.kind
    return decision.type === 'ban' ? 'ban' : decision.why
  })
}
