import { BlockList, isIP } from 'node:net'
import { canonicalAddress } from '../address.ts'

/** An address with a port, where something listens. */

const ENDPOINT = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/

/** `127.0.0.1:5514`, `[::1]:5514`; null for anything else. */
export function parseEndpoint(value: string): { readonly host: string; readonly port: number } | null {
  const [, ipv6, ipv4 = '', digits] = ENDPOINT.exec(value) ?? []
  const host = ipv6 ?? ipv4
  const port = Number(digits)
  // The unspecified address has no canonical form, and stands for all of this machine's.
  return isIP(host) === (ipv6 === undefined ? 4 : 6) && port >= 1 && port <= 65535 ? { host: canonicalAddress(host) ?? host, port } : null
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

export const isLoopback = (host: string): boolean => loopback.check(host, host.includes(':') ? 'ipv6' : 'ipv4')
