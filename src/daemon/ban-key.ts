import type { Ban } from '../types.ts'

/** What a ban stands on, as a key: there is one ban on each. */
export function banKey(ban: Pick<Ban, 'scope' | 'ip' | 'prefix' | 'port' | 'transport'>): string {
  return `${ban.scope} ${ban.prefix ?? ban.ip} ${ban.port ?? ''} ${ban.transport ?? ''}`
}
