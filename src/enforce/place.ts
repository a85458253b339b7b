import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { SipguardError } from '../errors.ts'
import type { Element } from './firewall.ts'

/** The sets every kernel backend keeps. One more scope is one more name here, one case in placeOf and one entry in each backend's table. */
export type SetName = 'ban4' | 'ban6' | 'net6'

/** Where an element lives: its set, and its canonical address (for net6 the first address of the /64). */
export interface Place {
  readonly set: SetName
  readonly key: string
}

/**
 * The place of an element, or null for a scope that is not enforced yet (endpoint).
 * This is the last check before a privileged command: a malformed address would make nft and ipset ask the DNS.
 * @throws SipguardError ADDRESS_INVALID when the address or prefix is not in canonical form
 */
export function placeOf(element: Element): Place | null {
  const { ip, scope, prefix } = element
  if (canonicalAddress(ip) !== ip) throw new SipguardError('ADDRESS_INVALID', `expected a canonical IP address to enforce, got '${ip}'`)
  switch (scope) {
    case 'address':
      return { set: ip.includes(':') ? 'ban6' : 'ban4', key: ip }
    case 'prefix': {
      const cidr = parseCidr(prefix ?? '')
      if (cidr === null || cidr.family !== 'ipv6' || cidr.bits !== 64 || formatCidr(cidr) !== prefix) {
        throw new SipguardError('ADDRESS_INVALID', `expected an IPv6 /64 such as 2001:db8::/64 to enforce, got '${prefix}'`)
      }
      return { set: 'net6', key: cidr.network }
    }
    case 'endpoint':
      return null
  }
}

/** Why an element without a place is refused. */
export function scopeRefused(element: Element): string {
  return `bans of scope ${element.scope} cannot be enforced, only those of an address or an IPv6 /64`
}
