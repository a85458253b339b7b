import { createDecider, createTrustBook, type DeciderOptions } from '../../src/decide/index.ts'
import type { Decision, Detection } from '../../src/types.ts'
import { HOUR, jailOf } from '../detect/samples.ts'

export const DAY = 24 * HOUR
export const WEEK = 7 * DAY

/** A detection of sip-test, an hour's ban, but for what is given. */
export function detectionOf(given: Partial<Detection> = {}): Detection {
  const ip = given.ip ?? '192.0.2.1'
  return { jail: 'sip-test', stage: 1, key: ip, ip, atMs: 0, count: 3, hits: [], proved: false, ...given }
}

/** Bans for an hour, doubled each time up to 4 weeks. */
export const doubling = jailOf({ increment: { factor: 2, maxtimeMs: 4 * WEEK } })

export function decided(given: Partial<DeciderOptions> = {}) {
  const trust = createTrustBook()
  return { trust, decider: createDecider({ jails: [doubling], trust, node: 'node-a', ...given }) }
}

/** `ban`, or why not, of each. */
export function outcomes(decisions: readonly Decision[]): string[] {
  return decisions.map((decision) => (decision.type === 'ban' ? 'ban' : decision.why))
}
