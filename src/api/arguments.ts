import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { LONGEST_MS, parseDuration } from '../duration.ts'
import { SipguardError } from '../errors.ts'

/** ISO 8601, as the answers have it, or a day alone. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/** What a person or a client typed, checked in the same way by the command line and by the API. */

/** What a ban may be entered under; Fail2Ban has jails of its own. */
export const JAIL_NAME = /^[\p{L}\p{N}_.:-]{1,100}$/u

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

/** The time so long before now, epoch ms. @throws SipguardError DURATION_INVALID also for 0 and -1 */
export function pastArgument(text: string | number, nowMs: number): number {
  const ms = durationArgument(text)
  if (ms === null) throw new SipguardError('DURATION_INVALID', `expected a duration such as 90s, 10m, 1h, 7d, 4w, got '${text}'`)
  return nowMs - ms
}

/** `1h` ago, or `2026-01-15T10:30:45Z`; epoch ms. @throws SipguardError DURATION_INVALID */
export function sinceArgument(text: string, nowMs: number): number {
  if (/^[\d.]+[smhdw]?$/.test(text)) return pastArgument(text, nowMs)
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  const forms = 'how long ago such as 90s, 10m, 1h, 7d, 4w, or a time such as 2026-01-15T10:30:45Z'
  throw new SipguardError('DURATION_INVALID', `expected ${forms}, got '${text.slice(0, 80)}'`)
}

/** `2026-01-15T10:30:45Z`, at most 100 years ahead; epoch ms. @throws SipguardError DURATION_INVALID */
export function untilArgument(text: string, nowMs: number): number {
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (ms - nowMs <= LONGEST_MS) return ms
  throw new SipguardError('DURATION_INVALID', `expected a time such as 2026-01-15T10:30:45Z, at most 100 years ahead, got '${text}'`)
}

/** `user@domain`, or the user alone. A user part holds no @ (RFC 3261 25.1), so the domain is what follows the last one. @throws SipguardError USAGE */
export function userArgument(text: string): { readonly user: string; readonly domain: string | null } {
  const at = text.lastIndexOf('@')
  const [user, domain] = at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
  if (user !== '' && domain !== '') return { user, domain }
  throw new SipguardError('USAGE', `expected a user such as 1001@example.com, or 1001, got '${text.slice(0, 80)}'`)
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
