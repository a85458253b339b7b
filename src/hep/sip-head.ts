/** The headers that are read, by their lower-case names and the compact forms of RFC 3261 section 7.3.3. */
const NAMES = {
  ...{ via: 'via', v: 'via', from: 'from', f: 'from', to: 'to', t: 'to', 'call-id': 'callId', i: 'callId', cseq: 'cseq' },
  ...{ contact: 'contact', m: 'contact', expires: 'expires', 'user-agent': 'userAgent' },
  ...{ authorization: 'credentials', 'proxy-authorization': 'credentials' },
  ...{ 'www-authenticate': 'challenge', 'proxy-authenticate': 'challenge' },
} as const
type HeaderName = (typeof NAMES)[keyof typeof NAMES]

const LOOKUP: ReadonlyMap<string, HeaderName> = new Map(Object.entries(NAMES))
/** Where the colon is at the latest: the longest name has 19 letters, and blanks may follow it. */
const LATEST_COLON = 40

/** More than any server or phone sends. */
const MOST_HEADERS = 200
const NEWLINE = 10
const CARRIAGE_RETURN = 13
const COLON = 58
const END_OF_HEAD = '\r\n\r\n'
const FOLD = /\r?\n[ \t]+/g

export interface SipHead {
  readonly startLine: string
  /** Values in their order, unfolded and trimmed. */
  readonly headers: Readonly<Partial<Record<HeaderName, readonly string[]>>>
}

/**
 * The start line and the headers that are read, up to the first empty line or as far as a cut message goes (RFC 3261 section 7). Lines may
 * end in a bare LF, as the servers accept, and empty ones may precede the message. What is no header is passed over; only the first 200
 * are looked at. Text is UTF-8; bytes that are none become U+FFFD, as in the fields of log lines.
 */
export function readHead(payload: Buffer): SipHead {
  const from = payload.findIndex((byte) => byte !== CARRIAGE_RETURN && byte !== NEWLINE)
  if (from < 0) return { startLine: '', headers: {} }
  const blank = payload.indexOf(END_OF_HEAD, from, 'latin1')
  const text = payload.toString('utf8', from, blank < 0 ? payload.length : blank)
  const startEnd = lineEnd(text, 0)
  const headers: Partial<Record<HeaderName, string[]>> = {}
  for (let at = startEnd + 1, count = 0; at < text.length && count < MOST_HEADERS; count++) {
    const firstEnd = lineEnd(text, at)
    if (firstEnd === at || (firstEnd === at + 1 && text.charCodeAt(at) === CARRIAGE_RETURN)) break
    let end = firstEnd
    while (isBlank(text.charCodeAt(end + 1))) end = lineEnd(text, end + 1)
    const colon = colonOf(text, at, end)
    const name = LOOKUP.get(text.slice(at, colon).trimEnd().toLowerCase())
    if (name) {
      const value = text.slice(colon + 1, end)
      const unfolded = (end === firstEnd ? value : value.replace(FOLD, ' ')).trim()
      if (headers[name]) headers[name].push(unfolded)
      else headers[name] = [unfolded]
    }
    at = end + 1
  }
  return { startLine: text.slice(0, startEnd).trimEnd(), headers }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

const isBlank = (code: number) => code === 32 || code === 9

/** Where the name that begins at `at` ends; `at` itself, which makes it no name, where it does not. */
function colonOf(text: string, at: number, end: number): number {
  const latest = Math.min(end, at + LATEST_COLON)
  for (let i = at; i < latest; i++) if (text.charCodeAt(i) === COLON) return i
  return at
}
