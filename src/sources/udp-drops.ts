import { readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { canonicalAddress } from '../address.ts'

/**
 * How many datagrams the kernel has dropped for want of room in the buffer of the socket bound here, since it was bound; 0 where it does
 * not say. From /proc/net/udp and udp6 (net/ipv4/udp.c udp4_format_sock(): the address in words of the host's byte order, hexadecimal;
 * `drops` is the last column).
 */
export function kernelDrops(host: string, port: number): number {
  const table = isIPv6(host) ? '/proc/net/udp6' : '/proc/net/udp'
  let rows: string[]
  try {
    rows = readFileSync(table, 'latin1').trimEnd().split('\n').slice(1)
  } catch {
    return 0
  }
  for (const row of rows) {
    const columns = row.trim().split(/\s+/)
    const [address = '', localPort = ''] = columns[1]?.split(':') ?? []
    if (Number.parseInt(localPort, 16) === port && addressOf(address) === canonicalAddress(host)) return Number(columns.at(-1))
  }
  return 0
}

/** Canonical; null for the unspecified one. */
function addressOf(hex: string): string | null {
  const bytes = Buffer.from(hex, 'hex').swap32()
  if (bytes.length === 4) return canonicalAddress(bytes.join('.'))
  return canonicalAddress(bytes.toString('hex').replace(/(.{4})(?=.)/g, '$1:'))
}
