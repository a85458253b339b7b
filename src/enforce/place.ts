import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { SipguardError } from '../errors.ts'
import type { Element } from './firewall.ts'

/**
 * The sets every kernel backend keeps: addresses, /64s, endpoints. One more scope is one more name here, one case in placesOf and one
 * entry in each backend's table.
 */
export type SetName = 'ban4' | 'ban6' | 'net6' | 'end4' | 'end6'

/**
 * One entry of the kernel: its set, and its canonical address (for net6 the first address of the /64, for end4 and end6
 * `192.0.2.7 . udp . 5060`: address, protocol, source port).
 */
export interface Place {
  readonly set: SetName
  readonly key: string
}

/** A place and how long it stays, whole seconds, at least 1; null: for ever. */
export interface TimedPlace extends Place {
  readonly seconds: number | null
}

/** A place that the kernel lists, and how many packets it dropped; null: not counted. */
export interface Listed extends Place {
  readonly packets: number | null
}

/** A place as a key: there is one entry in each. */
export function idOf({ set, key }: Place): string {
  return `${set} ${key}`
}

/**
 * Where an element lives: one place, or two for an endpoint whose transport is not known, which is that port over UDP and over TCP.
 * This is the last check before a privileged command: a malformed address would make nft and ipset ask the DNS.
 * @throws SipguardError ADDRESS_INVALID when the address or prefix is not in canonical form, or the port is none
 */
export function placesOf(element: Element): readonly Place[] {
  const { ip, scope, prefix, port } = element
  if (canonicalAddress(ip) !== ip) throw new SipguardError('ADDRESS_INVALID', `expected a canonical IP address to enforce, got '${ip}'`)
  const ipv6 = ip.includes(':')
  switch (scope) {
    case 'address':
      return [{ set: ipv6 ? 'ban6' : 'ban4', key: ip }]
    case 'prefix': {
      const cidr = parseCidr(prefix ?? '')
      if (cidr === null || cidr.family !== 'ipv6' || cidr.bits !== 64 || formatCidr(cidr) !== prefix) {
        throw new SipguardError('ADDRESS_INVALID', `expected an IPv6 /64 such as 2001:db8::/64 to enforce, got '${prefix}'`)
      }
      return [{ set: 'net6', key: cidr.network }]
    }
    case 'endpoint': {
      if (port === null || !Number.isInteger(port) || port < 1 || port > 65_535) {
        throw new SipguardError('ADDRESS_INVALID', `expected a source port from 1 to 65535 to enforce, got '${port}'`)
      }
      return protocolsOf(element).map((protocol) => ({ set: ipv6 ? 'end6' : 'end4', key: `${ip} . ${protocol} . ${port}` }))
    }
  }
}

/** TLS and WebSocket are TCP to a firewall. */
function protocolsOf({ transport }: Element): readonly string[] {
  if (transport === null) return ['udp', 'tcp']
  return [transport === 'udp' ? 'udp' : 'tcp']
}

/** How people call an element: `192.0.2.7`, `2001:db8::/64`, `192.0.2.7 port 5060`. */
export function nameOf({ scope, ip, prefix, port }: Element): string {
  if (scope === 'prefix') return String(prefix)
  return scope === 'endpoint' ? `${ip} port ${port}` : ip
}
