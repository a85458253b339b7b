import type { Ban } from '../types.ts'

/** The address, or the /64, that a ban stands on. */
export const standsOn = ({ prefix, ip }: Pick<Ban, 'prefix' | 'ip'>): string => prefix ?? ip

/** What a ban stands on, as a key: there is one ban on each. */
export function banKey(ban: Pick<Ban, 'scope' | 'ip' | 'prefix' | 'port' | 'transport'>): string {
  return `${ban.scope} ${standsOn(ban)} ${ban.port ?? ''} ${ban.transport ?? ''}`
}
