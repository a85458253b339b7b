import { parseDuration } from '../duration.ts'
import { duration, integer, mapping } from './schema.ts'
import type { Config, TrustConfig } from './types.ts'

/** `trust:` and `unproved:`, as the configuration writes them. */

/** Windows that count them are kept in memory. */
const MOST_SWEPT = 1000
/** Defaults of the design, section 5. */
const DEFAULT_TRUST: TrustConfig = { phoneMs: 7 * 864e5, maxUsers: 5, maxPorts: 10 }
const DEFAULT_UNPROVED: Config['unproved'] = { maxbantimeMs: 36e5 }

export const trust = mapping({
  phone: duration({ forEver: false }).optional(),
  maxusers: integer(1, MOST_SWEPT).optional(),
  maxports: integer(1, MOST_SWEPT).optional(),
}).optional()

export const unproved = mapping({ maxbantime: duration({ forEver: true }).optional() }).optional()

/** Of checked values; what they leave out stays as it is in `base`. */
export function buildTrust(raw: (typeof trust)['_output'], base: TrustConfig = DEFAULT_TRUST): TrustConfig {
  return {
    phoneMs: raw?.phone === undefined ? base.phoneMs : parseDuration(raw.phone)!,
    maxUsers: raw?.maxusers ?? base.maxUsers,
    maxPorts: raw?.maxports ?? base.maxPorts,
  }
}

export function buildUnproved(raw: (typeof unproved)['_output'], base: Config['unproved'] = DEFAULT_UNPROVED): Config['unproved'] {
  return raw?.maxbantime === undefined ? base : { maxbantimeMs: parseDuration(raw.maxbantime) }
}
