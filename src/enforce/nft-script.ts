import type { FirewallOptions } from './firewall.ts'
import type { Place, SetName, TimedPlace } from './place.ts'

/** What nft is told; pure. Syntax: nft(8) 1.0.6. */

export const TABLE = 'inet sipguard'

interface BanSet {
  readonly type: string
  readonly match: string
  /** An element that no packet can have: the probe sees by it that nobody emptied the set. */
  readonly sentinel: string
}

/**
 * Hash sets only: an interval set takes over a second for each add at 100,000 elements, and merges or refuses what overlaps.
 * A /64 is looked up in a hash set by its masked source address instead. The broadcast address and a multicast one are never a source:
 * the kernel drops such packets itself (RFC 1122 3.2.1.3, RFC 4291 2.7).
 */
const BAN_SETS: Readonly<Record<SetName, BanSet>> = {
  ban4: { type: 'ipv4_addr', match: 'ip saddr @ban4', sentinel: '255.255.255.255' },
  ban6: { type: 'ipv6_addr', match: 'ip6 saddr @ban6', sentinel: 'ff00::' },
  net6: { type: 'ipv6_addr', match: 'ip6 saddr & ffff:ffff:ffff:ffff:: @net6', sentinel: 'ff00::' },
  end4: {
    type: 'ipv4_addr . inet_proto . inet_service',
    match: 'ip saddr . meta l4proto . th sport @end4',
    sentinel: '255.255.255.255 . udp . 0',
  },
  end6: {
    type: 'ipv6_addr . inet_proto . inet_service',
    match: 'ip6 saddr . meta l4proto . th sport @end6',
    sentinel: 'ff00:: . udp . 0',
  },
}
const SENTINELS = Object.entries(BAN_SETS).map(([set, { sentinel }]) => ({ set, key: sentinel }))

/** nft reads at most 8 digits of seconds: about 3 years and 2 months. A longer ban gets this much each time it is placed. */
const MAX_SECONDS = 99_999_999

/**
 * Before conntrack (-200), raw (-300) and every NAT, and before any foreign accept: so it also cuts established, forwarded and
 * DNATed flows.
 */
const PRIORITY = -310

export interface NftRules {
  readonly never: FirewallOptions['never']
  /** Elements in one set. */
  readonly size: number
}

/** Elements in one piece of a script. */
const PIECE = 1000

/** One transaction: the old table goes and the new one comes with its elements in the same instant. In pieces: nft reads while we write. */
export function* replaceScript(rules: NftRules, places: readonly TimedPlace[]): Generator<string> {
  yield `${[`add table ${TABLE}`, `delete table ${TABLE}`, ...skeleton(rules)].join('\n')}\n`
  for (const [set, list] of bySet(places)) {
    for (let i = 0; i < list.length; i += PIECE) yield `${addElements(set, list.slice(i, i + PIECE).map(timed))}\n`
  }
  yield markScript()
}

export function markScript(): string {
  return SENTINELS.map(({ set, key }) => `${addElements(set, [key])}\n`).join('')
}

/** One transaction: sets that are there keep their elements, the rules are written anew. No sentinel: that would hide what is lost. */
export function ensureScript(rules: NftRules): string {
  return [...skeleton(rules), ''].join('\n')
}

/**
 * Each rule looks something up in a set of its own: by that the probe sees the rule. Neighbour discovery is to IPv6 what ARP is to IPv4,
 * and stays: without it a banned host on our own link would lose tcp/22 as well. `counter` in a set counts what each ban dropped.
 */
function skeleton(rules: NftRules): string[] {
  const bans = Object.entries(BAN_SETS)
  return [
    `add table ${TABLE}`,
    ...bans.map(([set, { type }]) => `add set ${TABLE} ${set} { type ${type}; size ${rules.size + 1}; flags timeout; counter; }`),
    `add set ${TABLE} discovery { type icmpv6_type; }`,
    `add set ${TABLE} never { type inet_proto . inet_service; }`,
    ...sparedElements(rules).map(({ set, key }) => addElements(set, [key])),
    `add chain ${TABLE} prerouting { type filter hook prerouting priority ${PRIORITY}; policy accept; }`,
    `flush chain ${TABLE} prerouting`,
    `add rule ${TABLE} prerouting icmpv6 type @discovery return`,
    `add rule ${TABLE} prerouting meta l4proto . th dport @never return`,
    ...bans.map(([, { match }]) => `add rule ${TABLE} prerouting ${match} counter drop`),
  ]
}

function sparedElements({ never }: NftRules): { set: string; key: string }[] {
  return [
    ...['nd-neighbor-solicit', 'nd-neighbor-advert'].map((key) => ({ set: 'discovery', key })),
    ...never.map(({ protocol, port }) => ({ set: 'never', key: `${protocol} . ${port}` })),
  ]
}

/**
 * One transaction that the kernel always refuses, and so leaves everything as it is; its errors tell what is there: to create an element
 * that exists, to delete a set that a rule uses (only busy while its rule is there), to create the table. Elements come first: nft itself
 * no longer knows a set it was told to delete.
 */
export function presenceProbe(rules: NftRules): { readonly line: string; readonly elements: number; readonly sets: number } {
  const elements = [...SENTINELS, ...sparedElements(rules)]
  const sets = [...Object.keys(BAN_SETS), 'discovery', 'never']
  const statements = [
    ...elements.map(({ set, key }) => `create element ${TABLE} ${set} { ${key} }`),
    ...sets.map((set) => `delete set ${TABLE} ${set}`),
    `create table ${TABLE}`,
  ]
  return { line: statements.join('; '), elements: elements.length, sets: sets.length }
}

/**
 * One line, one transaction. Add, delete, add: where an element is there already, older kernels leave its time-out as it is; deleting
 * it in the same transaction renews it everywhere, and the first add makes the delete safe where it is not there.
 */
export function addLine(places: readonly TimedPlace[]): string {
  return statements(places, (set, list) => [
    addElements(set, keysOf(list)),
    `delete element ${TABLE} ${set} { ${keysOf(list).join(', ')} }`,
    addElements(set, list.map(timed)),
  ])
}

/** One line, one transaction; one that is not there is added first so that deleting it is no error. */
export function removeLine(places: readonly Place[]): string {
  return statements(places, (set, list) => [
    addElements(set, keysOf(list)),
    `delete element ${TABLE} ${set} { ${keysOf(list).join(', ')} }`,
  ])
}

/** `File exists`: it is there. No error: it is not, and this transaction leaves nothing behind. */
export function probeLine({ set, key }: Place): string {
  return `create element ${TABLE} ${set} { ${key} }; delete element ${TABLE} ${set} { ${key} }`
}

/** Whether an element of a ban set is the probe's and nobody's ban. */
export function isSentinel({ set, key }: Place): boolean {
  return BAN_SETS[set].sentinel === key
}

export function isBanSet(name: string): name is SetName {
  return name in BAN_SETS
}

function statements<T extends Place>(places: readonly T[], write: (set: SetName, list: readonly T[]) => string[]): string {
  return bySet(places)
    .flatMap(([set, list]) => write(set, list))
    .join('; ')
}

function addElements(set: string, elements: readonly string[]): string {
  return `add element ${TABLE} ${set} { ${elements.join(', ')} }`
}

function bySet<T extends Place>(places: readonly T[]): [SetName, T[]][] {
  return [...Map.groupBy(places, (place) => place.set)]
}

function keysOf(list: readonly Place[]): string[] {
  return list.map(({ key }) => key)
}

function timed({ key, seconds }: TimedPlace): string {
  return seconds === null ? key : `${key} timeout ${Math.min(seconds, MAX_SECONDS)}s`
}
