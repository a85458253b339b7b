import { parseDuration } from '../duration.ts'
import { duration, integer, key, mapping } from './schema.ts'
import type { Config, TrustConfig } from './types.ts'

/** `trust:` and `unproved:`, as the configuration writes them. */

/** Windows that count them are kept in memory. */
const MOST_SWEPT = 1000
/** Defaults of the design, section 5. */
const DEFAULT_TRUST: TrustConfig = { phoneMs: 7 * 864e5, maxUsers: 5, maxPorts: 10 }
const DEFAULT_UNPROVED: Config['unproved'] = { maxbantimeMs: 36e5 }

export const trust = mapping({
  phone: duration({ forEver: false })
    .optional()
    .meta(key('duration', '`7d`', 'how long a registration or authentication makes its address one of phones', 'zero; `-1`')),
  maxusers: integer(1, MOST_SWEPT)
    .optional()
    .meta(
      key(
        '1 to 1000',
        '`5`',
        "more different users than this that fail, proved, from an address of phones within a jail's findtime get the whole address banned",
      ),
    ),
  maxports: integer(1, MOST_SWEPT)
    .optional()
    .meta(key('1 to 1000', '`10`', 'the same for endpoints')),
}).optional()

export const unproved = mapping({
  maxbantime: duration({ forEver: true })
    .optional()
    .meta(
      key(
        'duration or `-1`',
        '`1h`',
        'the longest ban on evidence whose source address may be forged; `-1`: as long as any. Such bans never make the next one longer',
        'zero',
      ),
    ),
}).optional()

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
