import { isIPv4, isIPv6 } from 'node:net'

/**
 * Canonical text of an IP address: dotted IPv4; IPv6 as RFC 5952 writes it; brackets removed; IPv4-mapped IPv6 as IPv4.
 * Null for anything that is not an address of one host: host names, zones (`fe80::1%eth0`), `0.0.0.0`, `::`.
 */
export function canonicalAddress(text: string): string | null {
  let bare = text
  if (bare.charCodeAt(0) === 91 /* [ */) {
    if (bare.charCodeAt(bare.length - 1) !== 93 /* ] */) return null
    bare = bare.slice(1, -1)
    if (!bare.includes(':')) return isIPv4(bare) && bare !== '0.0.0.0' ? bare : null
  }
  if (isIPv4(bare)) return bare === '0.0.0.0' ? null : bare
  if (bare.includes('%') || !isIPv6(bare)) return null
  const words = parseIPv6(bare)
  if (words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0 && words[4] === 0) {
    if (words[5] === 0xffff) {
      const v4 = `${(words[6] as number) >> 8}.${(words[6] as number) & 255}.${(words[7] as number) >> 8}.${(words[7] as number) & 255}`
      return v4 === '0.0.0.0' ? null : v4
    }
    if (words[5] === 0 && words[6] === 0 && words[7] === 0) return null
  }
  return formatIPv6(words)
}

/** Eight 16-bit words of a valid IPv6 text. */
function parseIPv6(text: string): number[] {
  let head = text
  const dot = text.lastIndexOf(':')
  if (text.includes('.')) {
    const quad = text
      .slice(dot + 1)
      .split('.')
      .map(Number) as [number, number, number, number]
    head = `${text.slice(0, dot + 1)}${((quad[0] << 8) | quad[1]).toString(16)}:${((quad[2] << 8) | quad[3]).toString(16)}`
  }
  const [left, right] = head.split('::') as [string, string | undefined]
  const words = (part: string | undefined) => (part ? part.split(':').map((word) => Number.parseInt(word, 16)) : [])
  const front = words(left)
  if (right === undefined) return front
  const back = words(right)
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
}

/** RFC 5952: lower case, no leading zeros, the longest (first) run of two or more zero words as `::`. */
function formatIPv6(words: readonly number[]): string {
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && words[i + length] === 0) length++
    if (length > bestLength) {
      best = i
      bestLength = length
    }
    i += length
  }
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':')
  if (best < 0) return hex(words)
  return `${hex(words.slice(0, best))}::${hex(words.slice(best + bestLength))}`
}

/** `2001:db8:1:2::/64` of a canonical IPv6 address; a canonical IPv4 address is its own. Jails count by this. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip
  return `${formatIPv6([...parseIPv6(ip).slice(0, 4), 0, 0, 0, 0])}/64`
}

/** The /64 of a network that is a single IPv6 address; any other is whole already. */
export function wholeOf(network: string): string {
  return network.includes('/') ? network : networkOf(network)
}

/** The 32 bits of a valid IPv4 address, as a whole number. */
export function ipv4Number(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
}

export interface Cidr {
  /** Canonical address with the host bits cleared. */
  readonly network: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** An address or CIDR as a network; null when it is neither. `10.1.2.3/8` is taken as `10.0.0.0/8`. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  const width = family === 'ipv6' ? 128 : 32
  const size = slash < 0 ? String(width) : text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(size) || Number(size) > width) return null
  const bits = Number(size)
  if (family === 'ipv4') {
    if (!isIPv4(address)) return null
    const value = ipv4Number(address)
    const masked = bits === 0 ? 0 : value - (value % 2 ** (32 - bits))
    return { network: [24, 16, 8, 0].map((shift) => Math.floor(masked / 2 ** shift) % 256).join('.'), bits, family }
  }
  if (address.includes('%') || !isIPv6(address)) return null
  const words = parseIPv6(address).map((word, i) => {
    const keep = Math.min(16, Math.max(0, bits - i * 16))
    return word & (0xffff << (16 - keep)) & 0xffff
  })
  return { network: formatIPv6(words), bits, family }
}

/** `198.51.100.0/24`; a whole address without its length. */
export function formatCidr(cidr: Cidr): string {
  return cidr.bits === (cidr.family === 'ipv6' ? 128 : 32) ? cidr.network : `${cidr.network}/${cidr.bits}`
}
