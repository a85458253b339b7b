import type { Jail, JailKey } from '../config/types.ts'
import type { SipEvent } from '../types.ts'

/** `192.0.2.1:5060/udp`, `[2001:db8::1]:5060/any`; null without a port. */
export function endpointOf({ ip, port, transport }: SipEvent): string | null {
  if (ip === null || port === null) return null
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}/${transport ?? 'any'}`
}

/** The key of an event from this place and of this user; null when it has none. No place holds a space, so the parts stay apart. */
export function keyOf(by: readonly JailKey[], place: string, user: string | null): string | null {
  if (user === null && by.includes('user')) return null
  if (by.length === 1) return by[0] === 'user' ? user : place
  return by.map((part) => (part === 'user' ? user : place)).join(' ')
}

/** An IPv4 address's /24, an IPv6 address's /64 (which is its network already). */
export function neighbourhoodOf(network: string): string {
  return network.includes(':') ? network : `${network.slice(0, network.lastIndexOf('.'))}.0/24`
}

/** Whether an event passes the jail's `reasons:`, `methods:` and `filters:`; its kind is taken as matched. */
export function narrowing(
  jail: Pick<Jail, 'reasons' | 'methods' | 'filters'>,
): (event: Pick<SipEvent, 'reason' | 'method' | 'filter'>) => boolean {
  const reasons = membership(jail.reasons)
  const methods = membership(jail.methods)
  const filters = membership(jail.filters)
  return (event) => reasons(event.reason) && methods(event.method) && filters(event.filter)
}

/** `x` takes only x, `!x` all but x; a list of exclusions only takes all the rest, also what has no value. */
function membership(list: readonly string[] | null): (value: string | null) => boolean {
  if (list === null) return () => true
  const except = new Set(list.filter((entry) => entry.startsWith('!')).map((entry) => entry.slice(1)))
  const only = new Set(list.filter((entry) => !entry.startsWith('!')))
  if (only.size === 0) return (value) => value === null || !except.has(value)
  return (value) => value !== null && only.has(value) && !except.has(value)
}
