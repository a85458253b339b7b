import { createHash } from 'node:crypto'
import type { Config } from '../config/types.ts'

/** What decides who is banned; nothing in it is a secret, for its hash is shown. */
type Deciding = Pick<Config, 'jails' | 'filters' | 'ignoreip' | 'peers' | 'self' | 'trust' | 'unproved' | 'tz' | 'prefer'>

/** Twelve hex digits that are the same as long as the same lines lead to the same bans. */
export function configVersion({ jails, filters, ignoreip, peers, self, trust, unproved, tz, prefer }: Deciding): string {
  const rules = filters.map(({ path: _, ...filter }) => filter)
  const deciding = JSON.stringify([jails, rules, ignoreip, peers, self, trust, unproved, tz, prefer])
  return createHash('sha256').update(deciding).digest('hex').slice(0, 12)
}
