import { quotedEnd } from './sip-values.ts'
import type { SipUri } from './types.ts'

const NONE: SipUri = { user: null, host: null }
const SEMICOLON = 59
const LESS = 60
const QUOTE = 34

/** Host and port of RFC 3261 section 25.1, and `_`, which is no letter of a host's name and often one all the same. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?(?=[;?]|$)/i
const ESCAPES = /(?:%[0-9a-f][0-9a-f])+/gi

/**
 * User and host of a `sip:` or `sips:` URI (RFC 3261 section 19.1), or the number of a `tel:` URI (RFC 3966). Both null where it is
 * another scheme or cannot be read. Percent escapes in the user are decoded as UTF-8; those that are none stay as they are. The user's
 * own parameters (`1001;phone-context=x`) are part of him.
 */
export function parseUri(text: string): SipUri {
  const colon = text.indexOf(':')
  const scheme = colon > 0 && colon <= 4 ? text.slice(0, colon).toLowerCase() : ''
  if (scheme === 'tel') {
    const end = text.indexOf(';')
    return { user: userOf(text.slice(4, end < 0 ? text.length : end)), host: null }
  }
  if (scheme !== 'sip' && scheme !== 'sips') return NONE
  // Neither host nor parameters may hold an @, so that the first one ends the user, whatever he is made of; HOST allows no second one.
  const at = text.indexOf('@', colon)
  const host = HOST.exec(at < 0 ? text.slice(colon + 1) : text.slice(at + 1))
  if (!host || text.includes('@', at < 0 ? text.length : at + 1)) return NONE
  const password = text.indexOf(':', colon + 1)
  const user = at < 0 ? null : userOf(text.slice(colon + 1, password >= 0 && password < at ? password : at))
  return { user, host: ((host[1] ?? host[2]) as string).toLowerCase() }
}

/** Runs of escapes each by itself, in time linear to their length. */
function userOf(text: string): string | null {
  if (!text.includes('%')) return text || null
  return text.replace(ESCAPES, (run) => {
    const decoded = Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8')
    return decoded.includes('\ufffd') ? run : decoded
  })
}

/** A value of From, To or Contact: `"Name" <uri>;parameters`, or `uri;parameters` (RFC 3261 section 20.10). */
export interface NameAddress {
  readonly uri: string
  /** Those of the header, not of the URI: empty, or from the first `;` on. */
  readonly parameters: string
}

export function parseNameAddress(value: string): NameAddress {
  const open = addressStart(value)
  if (value.charCodeAt(open) !== LESS) return { uri: value.slice(0, open).trim(), parameters: value.slice(open) }
  const close = value.indexOf('>', open)
  const end = close < 0 ? value.length : close
  return { uri: value.slice(open + 1, end).trim(), parameters: value.slice(end + 1) }
}

/** The first `<` or `;` that is not in the quoted name. */
function addressStart(value: string): number {
  let i = 0
  while (i < value.length) {
    const code = value.charCodeAt(i)
    if (code === LESS || code === SEMICOLON) return i
    i = code === QUOTE ? quotedEnd(value, i) : i + 1
  }
  return i
}
