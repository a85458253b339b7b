import { listOf, pairOf, unquoted } from './sip-values.ts'
import type { SipCredentials } from './types.ts'

const DIGEST = /^digest[ \t,]/i
/** Parameters that are looked at; there are a dozen. */
const MOST = 50

/**
 * What looks up the parameters of a digest header (RFC 3261 section 22.4, RFC 2617); null of another scheme: servers of SIP take no other,
 * and ask again. Of a parameter that is there twice the last counts, as in Kamailio (core/parser/digest/digest_parser.c).
 */
function digestOf(header: string): ((name: string) => string | null) | null {
  if (!DIGEST.test(header)) return null
  const written = new Map(listOf(header.slice(7), MOST).map(pairOf))
  return (name) => {
    const value = written.get(name)
    return value === undefined ? null : unquoted(value)
  }
}

/** Of one Authorization or Proxy-Authorization header. */
export function parseCredentials(header: string): SipCredentials | null {
  const digest = digestOf(header)
  return digest && { username: digest('username'), realm: digest('realm'), nonce: digest('nonce') }
}

/** Of one WWW-Authenticate or Proxy-Authenticate header. */
export function parseChallenge(header: string): { readonly nonce: string | null; readonly stale: boolean } | null {
  const digest = digestOf(header)
  return digest && { nonce: digest('nonce'), stale: digest('stale')?.toLowerCase() === 'true' }
}
