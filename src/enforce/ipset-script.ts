import type { FirewallOptions } from './firewall.ts'
import type { Listed, Place, SetName, TimedPlace } from './place.ts'

/** What ipset and iptables-restore are told, and what ipset prints; pure. Syntax: ipset(8) 7.17, iptables-restore(8). */

export interface BanSet {
  readonly set: string
  readonly type: readonly string[]
  /** Which fields of a packet are looked up. */
  readonly direction: string
  /** A member that no packet can have (nft-script.ts says why): the probe sees by it that nobody emptied the set. */
  readonly sentinel: string
}

export interface Family {
  readonly iptables: 'iptables' | 'ip6tables'
  /** Rules before all others. */
  readonly spared: readonly string[]
  readonly sets: readonly BanSet[]
}

const HOSTS4: BanSet = { set: 'sipguard4', type: ['hash:ip', 'family', 'inet'], direction: 'src', sentinel: '255.255.255.255' }
const ENDS4: BanSet = {
  set: 'sipguard4-end',
  type: ['hash:ip,port', 'family', 'inet'],
  direction: 'src,src',
  sentinel: '255.255.255.255,udp:0',
}
/** Addresses and /64s: hash:net looks up each prefix length in use, and there are only two. */
const HOSTS6: BanSet = { set: 'sipguard6', type: ['hash:net', 'family', 'inet6'], direction: 'src', sentinel: 'ff00::' }
const ENDS6: BanSet = { set: 'sipguard6-end', type: ['hash:ip,port', 'family', 'inet6'], direction: 'src,src', sentinel: 'ff00::,udp:0' }

export const BAN_SETS: readonly BanSet[] = [HOSTS4, ENDS4, HOSTS6, ENDS6]
export const FAMILIES: readonly Family[] = [
  { iptables: 'iptables', spared: [], sets: [HOSTS4, ENDS4] },
  {
    iptables: 'ip6tables',
    // Neighbour discovery is to IPv6 what ARP is to IPv4: without it a banned host on our own link would lose tcp/22 as well.
    spared: ['neighbour-solicitation', 'neighbour-advertisement'].map((type) => `-p ipv6-icmp --icmpv6-type ${type} -j RETURN`),
    sets: [HOSTS6, ENDS6],
  },
]

/** Which set an element goes to. */
const SET_OF: Readonly<Record<SetName, BanSet>> = { ban4: HOSTS4, ban6: HOSTS6, net6: HOSTS6, end4: ENDS4, end6: ENDS6 }

/** ipset's maximum: 24.8 days. */
const MAX_SECONDS = 2_147_483

export function setOf(place: Place): string {
  return SET_OF[place.set].set
}

/** An element as ipset writes it. */
export function memberOf({ set, key }: Place): string {
  if (set === 'net6') return `${key}/64`
  const [ip, protocol, port] = key.split(' . ')
  return protocol === undefined ? key : `${ip},${protocol}:${port}`
}

/** The set that is filled before it takes the place of the one in force. */
export function temporary(set: string): string {
  return `${set}-new`
}

/** `timeout 0`: elements may have one, and have none unless they say so. One more than `size` for the sentinel. */
export function createArguments({ type }: BanSet, size: number): string[] {
  return [...type, 'maxelem', String(size + 1), 'timeout', '0', 'counters']
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
  const create = BAN_SETS.map((set) => `create ${temporary(set.set)} ${createArguments(set, size).join(' ')}\n`)
  const swap = BAN_SETS.map(({ set }) => `swap ${temporary(set)} ${set}\ndestroy ${temporary(set)}\n`)
  return [...create, addScript(places, temporary), markScript(temporary), ...swap].join('')
}

export function markScript(nameOf: (set: string) => string = (set) => set): string {
  return BAN_SETS.map(({ set, sentinel }) => `add ${nameOf(set)} ${sentinel}\n`).join('')
}

/** For `ipset -`, which goes on after a no. */
export function sentinelTests(): string {
  return BAN_SETS.map(({ set, sentinel }) => `test ${set} ${sentinel}\n`).join('')
}

/** With --noflush this writes our chain anew and moves the jump to position 1 in one commit; every other rule stays. */
export function rulesScript(family: Family, never: FirewallOptions['never'], jumpIsThere: boolean): string {
  return rawTable([
    ':SIPGUARD - [0:0]',
    ...chain(family, never).map((rule) => `-A SIPGUARD ${rule}`),
    ...(jumpIsThere ? ['-D PREROUTING -j SIPGUARD'] : []),
    '-I PREROUTING 1 -j SIPGUARD',
  ])
}

/** Fails where one of our rules is missing; changes nothing. */
export function rulesProbe(family: Family, never: FirewallOptions['never']): string {
  return rawTable(['-C PREROUTING -j SIPGUARD', ...chain(family, never).map((rule) => `-C SIPGUARD ${rule}`)])
}

function chain({ spared, sets }: Family, never: FirewallOptions['never']): string[] {
  return [
    ...spared,
    ...never.map(({ protocol, port }) => `-p ${protocol} --dport ${port} -j RETURN`),
    ...sets.map(({ set, direction }) => `-m set --match-set ${set} ${direction} -j DROP`),
  ]
}

function rawTable(lines: readonly string[]): string {
  return ['*raw', ...lines, 'COMMIT', ''].join('\n')
}

const SAVED = /^add \S+ (\S+)(?:.* packets (\d+))?/

/** An element in a line of `ipset save`; null for any other line and for the sentinel. */
export function savedElement({ set, sentinel }: BanSet, line: string): Listed | null {
  const [, member, packets] = SAVED.exec(line) ?? []
  if (member === undefined || member === sentinel) return null
  return { ...placeIn(set, member), packets: packets === undefined ? null : Number(packets) }
}

/** A net that is no /64 is nobody's ban: it keeps its length, so that it is removed as what it is. */
function placeIn(set: string, member: string): Place {
  if (set === HOSTS4.set) return { set: 'ban4', key: member }
  if (set === HOSTS6.set) return member.endsWith('/64') ? { set: 'net6', key: member.slice(0, -3) } : { set: 'ban6', key: member }
  return { set: set === ENDS4.set ? 'end4' : 'end6', key: member.replace(/,(\w+):(\d+)$/, ' . $1 . $2') }
}
