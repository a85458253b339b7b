import type { FirewallOptions } from './firewall.ts'
import type { TimedPlace } from './kernel-firewall.ts'
import type { Place, SetName } from './place.ts'

/** What nft is told; pure. Syntax: nft(8) 1.0.6. */

export const TABLE = 'inet sipguard'

/**
 * Hash sets only: an interval set takes over a second for each add at 100,000 elements, and merges or refuses what overlaps.
 * A /64 is looked up in a hash set by its masked source address instead.
 */
const SETS: Readonly<Record<SetName, { readonly type: string; readonly match: string }>> = {
  ban4: { type: 'ipv4_addr', match: 'ip saddr @ban4' },
  ban6: { type: 'ipv6_addr', match: 'ip6 saddr @ban6' },
  net6: { type: 'ipv6_addr', match: 'ip6 saddr & ffff:ffff:ffff:ffff:: @net6' },
}

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

/** One transaction: the old table goes and the new one comes with its elements in the same instant. */
export function replaceScript(rules: NftRules, places: readonly TimedPlace[]): string {
  const elements = bySet(places).map(([set, list]) => `add element ${TABLE} ${set} { ${list.map(timed).join(', ')} }`)
  return [`add table ${TABLE}`, `delete table ${TABLE}`, ...skeleton(rules), ...elements, ''].join('\n')
}

/** One transaction: sets that are there keep their elements, the rules are written anew. */
export function ensureScript(rules: NftRules): string {
  return [...skeleton(rules), ''].join('\n')
}

/**
 * Neighbour discovery is to IPv6 what ARP is to IPv4, and stays: without it a banned host on our own link would lose tcp/22 as well.
 */
function skeleton({ never, size }: NftRules): string[] {
  const sets = Object.entries(SETS)
  return [
    `add table ${TABLE}`,
    ...sets.map(([set, { type }]) => `add set ${TABLE} ${set} { type ${type}; size ${size}; flags timeout; }`),
    `add chain ${TABLE} prerouting { type filter hook prerouting priority ${PRIORITY}; policy accept; }`,
    `flush chain ${TABLE} prerouting`,
    `add rule ${TABLE} prerouting icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } return`,
    ...never.map(({ protocol, port }) => `add rule ${TABLE} prerouting ${protocol} dport ${port} return`),
    ...sets.map(([, { match }]) => `add rule ${TABLE} prerouting ${match} counter drop`),
  ]
}

/**
 * One line, one transaction. Add, delete, add: where an element is there already, older kernels leave its time-out as it is; deleting
 * it in the same transaction renews it everywhere, and the first add makes the delete safe where it is not there.
 */
export function addLine(places: readonly TimedPlace[]): string {
  return statements(places, (set, list) => {
    const keys = keysOf(list)
    return [
      `add element ${TABLE} ${set} { ${keys} }`,
      `delete element ${TABLE} ${set} { ${keys} }`,
      `add element ${TABLE} ${set} { ${list.map(timed).join(', ')} }`,
    ]
  })
}

/** One line, one transaction; one that is not there is added first so that deleting it is no error. */
export function removeLine(places: readonly Place[]): string {
  return statements(places, (set, list) => {
    const keys = keysOf(list)
    return [`add element ${TABLE} ${set} { ${keys} }`, `delete element ${TABLE} ${set} { ${keys} }`]
  })
}

/** `File exists`: it is there. No error: it is not, and this transaction leaves nothing behind. */
export function probeLine({ set, key }: Place): string {
  return `create element ${TABLE} ${set} { ${key} }; delete element ${TABLE} ${set} { ${key} }`
}

function statements<T extends Place>(places: readonly T[], write: (set: SetName, list: readonly T[]) => string[]): string {
  return bySet(places)
    .flatMap(([set, list]) => write(set, list))
    .join('; ')
}

function bySet<T extends Place>(places: readonly T[]): [SetName, T[]][] {
  return [...Map.groupBy(places, (place) => place.set)]
}

function keysOf(list: readonly Place[]): string {
  return list.map(({ key }) => key).join(', ')
}

function timed({ key, seconds }: TimedPlace): string {
  return seconds === null ? key : `${key} timeout ${Math.min(seconds, MAX_SECONDS)}s`
}
