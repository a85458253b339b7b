import { parseCidr } from '../address.ts'
import { canonicalEntry, networks, networksOrNames } from '../config/index.ts'
import { type ConfigurationFile, placeOf } from '../servers/included.ts'

/** One address, network or name for a list of the configuration, and where it was found. */
export interface Entry {
  readonly value: string
  /** For people: `FILE:LINE:COL`, and what it is there. */
  readonly from: string
}

/** What was found, and what could not be taken from it: said, never silent. */
export interface Found {
  readonly entries: readonly Entry[]
  readonly notes: readonly string[]
}

export const entryAt = (value: string, what: string, file: ConfigurationFile, index: number): Entry => ({
  value,
  from: `${what}, ${placeOf(file, index)}`,
})

/** A network wider than this is half the world, and would spare every attacker in it. */
const WIDEST = { ipv4: 8, ipv6: 19 } as const

/**
 * The entries that a list may hold, canonical, each value once, in their order; `names`: DNS names too. What names no host but this one, or
 * is put in by the server later (`$${domain}`), is dropped; what is no address at all, or too wide, is told.
 */
export function usable(entries: readonly Entry[], names: boolean): Found {
  const schema = names ? networksOrNames : networks
  const taken = new Map<string, Entry>()
  const notes: string[] = []
  for (const { value, from } of entries) {
    if (value === '' || /[$%*]/.test(value) || isThisHost(value)) continue
    const cidr = parseCidr(value)
    if (!schema.safeParse([value]).success) notes.push(`left out, not an address${names ? ' or a name' : ''}: ${value} (${from})`)
    else if (cidr !== null && cidr.bits < WIDEST[cidr.family]) notes.push(`left out, too wide: ${value} (${from})`)
    else if (!taken.has(canonicalEntry(value))) taken.set(canonicalEntry(value), { value: canonicalEntry(value), from })
  }
  return { entries: [...taken.values()], notes }
}

const isThisHost = (value: string) => /^(?:localhost(?:\..*)?|127\..*|0\.0\.0\.0|::1?|dynamic|auto|auto-nat|stun)$/i.test(value)

const URI_HOST = /^(?:<)?(?:sips?:)?(?:[^@\s]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s:;>?/]+)/i

/** The host of a SIP URI, of `HOST:PORT`, or of `udp:HOST:PORT`; a network as it is, with the length of its mask. */
export function hostOf(uri: string): string {
  const bare = withLength(uri.trim().replace(/^(?:udp|tcp|tls|ws|wss|sctp):/i, ''))
  if (parseCidr(bare) !== null) return bare
  return (URI_HOST.exec(bare)?.[1] ?? '').replace(/^\[|\]$/g, '')
}

/** `192.0.2.0/24` of `192.0.2.0/255.255.255.0`. */
function withLength(value: string): string {
  const [, address, mask] = /^([\d.]+)\/(\d+\.\d+\.\d+\.\d+)$/.exec(value) ?? []
  if (address === undefined || mask === undefined) return value
  const bits = mask.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'))
  const length = /^(1*)0*$/.exec(bits.join(''))?.[1]?.length
  return length === undefined ? value : `${address}/${length}`
}
