import type { FirewallOptions } from './firewall.ts'
import type { TimedPlace } from './kernel-firewall.ts'
import type { Place, SetName } from './place.ts'

/** What ipset and iptables-restore are told; pure. Syntax: ipset(8) 7.17, iptables-restore(8). */

export interface Family {
  readonly set: string
  /** Type of the set. */
  readonly type: readonly string[]
  readonly iptables: 'iptables' | 'ip6tables'
  /** Rules before all others. */
  readonly spared: readonly string[]
}

const FAMILY4: Family = { set: 'sipguard4', type: ['hash:ip', 'family', 'inet'], iptables: 'iptables', spared: [] }
/** Addresses and /64s: hash:net looks up each prefix length in use, and there are only two. */
const FAMILY6: Family = {
  set: 'sipguard6',
  type: ['hash:net', 'family', 'inet6'],
  iptables: 'ip6tables',
  // Neighbour discovery is to IPv6 what ARP is to IPv4: without it a banned host on our own link would lose tcp/22 as well.
  spared: ['neighbour-solicitation', 'neighbour-advertisement'].map((type) => `-p ipv6-icmp --icmpv6-type ${type} -j RETURN`),
}
export const FAMILIES: readonly Family[] = [FAMILY4, FAMILY6]

/** Which set an element goes to, and how it is written there. */
export const MEMBERS: Readonly<Record<SetName, { readonly family: Family; readonly member: (key: string) => string }>> = {
  ban4: { family: FAMILY4, member: (key) => key },
  ban6: { family: FAMILY6, member: (key) => key },
  net6: { family: FAMILY6, member: (key) => `${key}/64` },
}

/** ipset's maximum: 24.8 days. */
const MAX_SECONDS = 2_147_483

export function setOf(place: Place): string {
  return MEMBERS[place.set].family.set
}

/** The set that is filled before it takes the place of the one in force. */
export function temporary(set: string): string {
  return `${set}-new`
}

/** `timeout 0`: elements may have one, and have none unless they say so. */
export function createArguments({ type }: Family, size: number): string[] {
  return [...type, 'maxelem', String(size), 'timeout', '0']
}

export function addScript(places: readonly TimedPlace[], nameOf: (set: string) => string = (set) => set): string {
  return places
    .map((place) => `add ${nameOf(setOf(place))} ${memberOf(place)} timeout ${Math.min(place.seconds ?? 0, MAX_SECONDS)}\n`)
    .join('')
}

export function removeScript(places: readonly Place[]): string {
  return places.map((place) => `del ${setOf(place)} ${memberOf(place)}\n`).join('')
}

export function replaceScript(size: number, places: readonly TimedPlace[]): string {
  const create = FAMILIES.map((family) => `create ${temporary(family.set)} ${createArguments(family, size).join(' ')}\n`)
  const swap = FAMILIES.map(({ set }) => `swap ${temporary(set)} ${set}\ndestroy ${temporary(set)}\n`)
  return [...create, addScript(places, temporary), ...swap].join('')
}

/** With --noflush this writes our chain anew and moves the jump to position 1 in one commit; every other rule stays. */
export function rulesScript({ set, spared }: Family, never: FirewallOptions['never'], jumpIsThere: boolean): string {
  return [
    '*raw',
    ':SIPGUARD - [0:0]',
    ...spared.map((rule) => `-A SIPGUARD ${rule}`),
    ...never.map(({ protocol, port }) => `-A SIPGUARD -p ${protocol} --dport ${port} -j RETURN`),
    `-A SIPGUARD -m set --match-set ${set} src -j DROP`,
    ...(jumpIsThere ? ['-D PREROUTING -j SIPGUARD'] : []),
    '-I PREROUTING 1 -j SIPGUARD',
    'COMMIT',
    '',
  ].join('\n')
}

function memberOf(place: Place): string {
  return MEMBERS[place.set].member(place.key)
}
