import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { parseDuration } from '../duration.ts'
import { SipguardError } from '../errors.ts'

/** What a person or a client typed, checked in the same way by the command line and by the API. */

/** One host's address, canonical. @throws SipguardError ADDRESS_INVALID */
export function addressArgument(text: string): string {
  const ip = canonicalAddress(text)
  if (ip === null) throw invalid('an IP address such as 192.0.2.7 or 2001:db8::7', text)
  return ip
}

/** An address or a CIDR, canonical: `10.1.2.3/8` becomes `10.0.0.0/8`, IPv4-mapped becomes IPv4. @throws SipguardError ADDRESS_INVALID */
export function cidrArgument(text: string): string {
  const parsed = text.includes('/') ? parseCidr(unmapped(text)) : null
  const cidr = parsed === null ? text : formatCidr(parsed)
  const canonical = cidr.includes('/') && parsed !== null ? cidr : canonicalAddress(cidr)
  if (canonical === null) throw invalid('an IP address or a CIDR such as 192.0.2.7, 198.51.100.0/24 or 2001:db8::/64', text)
  return canonical
}

/** `1h`, `-1`; milliseconds, null for ever. @throws SipguardError DURATION_INVALID also for 0 */
export function durationArgument(text: string | number): number | null {
  const ms = parseDuration(text)
  if (ms === 0) throw new SipguardError('DURATION_INVALID', `expected a duration longer than 0, or -1 (for ever), got '${text}'`)
  return ms
}

/** `::ffff:192.0.2.0/120` as `192.0.2.0/24`: addresses are compared as IPv4, so the IPv6 spelling would match nothing. */
function unmapped(text: string): string {
  const slash = text.indexOf('/')
  const bits = Number(text.slice(slash + 1))
  const ip = bits >= 96 ? canonicalAddress(text.slice(0, slash)) : null
  return ip !== null && text.includes(':') && !ip.includes(':') ? `${ip}/${bits - 96}` : text
}

function invalid(rule: string, text: string): SipguardError {
  return new SipguardError('ADDRESS_INVALID', `expected ${rule}, got '${text.slice(0, 80)}'`)
}
