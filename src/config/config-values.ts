import { z } from 'zod'
import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { show } from './faults.ts'
import { didYouMean } from './names.ts'
import { expecting } from './schema.ts'
import { isTimeZone } from './time-zone.ts'
import type { Config } from './types.ts'

/** The values that only the configuration has: addresses, ports, time zones. */

const NETWORK = 'an address or a CIDR'
const NETWORK_OR_NAME = 'an address, a CIDR or a DNS name'

/** Addresses and CIDRs, canonical. */
export const networks = z.array(z.string(expecting(NETWORK)).superRefine(refuse((value) => networkFault(value))), expecting('a list'))

/** Addresses, CIDRs and DNS names. */
export const networksOrNames = z.array(
  z.string(expecting(NETWORK_OR_NAME)).superRefine(refuse((value) => (isDnsName(value) ? null : networkFault(value, NETWORK_OR_NAME)))),
  expecting('a list'),
)

/** DNS names and addresses. */
const HOST = 'a DNS name or an address, without a port'
export const hostNames = z.array(
  z.string(expecting(HOST)).refine((value) => isDnsName(value) || canonicalAddress(value) !== null, expecting(HOST)),
  expecting('a list'),
)

/** What is wrong with an address or CIDR; null when nothing is. */
function networkFault(value: string, expected = NETWORK): string | null {
  const cidr = parseCidr(value)
  if (cidr === null) return `expected ${expected}, got ${show(value)}${widthHint(value)}`
  if (value.includes('/') && cidr.family === 'ipv6' && cidr.network.startsWith('::ffff:') && cidr.bits > 96) {
    return `expected IPv4 networks in IPv4 notation, got ${show(value)}`
  }
  return null
}

function widthHint(value: string): string {
  const [address = '', bits] = value.split('/')
  if (bits === undefined || parseCidr(address) === null) return ''
  return `: the length of an ${address.includes(':') ? 'IPv6 prefix is 0 to 128' : 'IPv4 prefix is 0 to 32'}`
}

/** RFC 1123 labels; one made of digits and dots only would be a mistyped address. */
function isDnsName(value: string): boolean {
  return value.length <= 253 && /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(value)
}

/** Canonical address or CIDR; a DNS name in lower case. */
export function canonicalEntry(value: string): string {
  const cidr = parseCidr(value)
  return canonicalAddress(value) ?? (cidr ? formatCidr(cidr) : value.toLowerCase())
}

const PORT = /^(tcp|udp)\/(\d{1,5})$/
const portMessage = expecting("a port such as 'tcp/22'")
/** `tcp/22` */
export const ports = z.array(
  z.string(portMessage).refine((value) => {
    const port = Number(PORT.exec(value)?.[2])
    return port >= 1 && port <= 65535
  }, portMessage),
  expecting('a list'),
)

/** Of a text that `ports` has let through. */
export function parsePort(value: string): Config['never'][number] {
  const [protocol, port] = value.split('/') as ['tcp' | 'udp', string]
  return { protocol, port: Number(port) }
}

const zoneMessage = expecting('a time zone such as Europe/Berlin')
export const timeZone = z
  .string(zoneMessage)
  .superRefine(
    refuse((value) =>
      isTimeZone(value) ? null : `${zoneMessage.error({ input: value })}${didYouMean(value, Intl.supportedValuesOf('timeZone'))}`,
    ),
  )

function refuse(faultOf: (value: string) => string | null) {
  return (value: string, context: { addIssue(issue: { code: 'custom'; message: string }): void }) => {
    const message = faultOf(value)
    if (message !== null) context.addIssue({ code: 'custom', message })
  }
}
