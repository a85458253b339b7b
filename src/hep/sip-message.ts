import { parseChallenge, parseCredentials } from './sip-digest.ts'
import { readHead } from './sip-head.ts'
import { parseNameAddress, parseUri } from './sip-uri.ts'
import { listOf, parameterOf } from './sip-values.ts'
import type { SipMessage, SipUri } from './types.ts'

/** RFC 3261 section 7.1; more than one space is accepted, as servers do. */
const REQUEST_LINE = /^([\w.!%*+`'~-]+)[ \t]+(\S+)[ \t]+SIP\/2\.0$/i
/** Section 7.2; the reason may be missing. */
const STATUS_LINE = /^SIP\/2\.0[ \t]+([1-6]\d\d)(?:[ \t]+(.*))?$/is
const CSEQ = /^(\d{1,10})[ \t]+([\w.!%*+`'~-]+)$/
const DELTA_SECONDS = /^\d{1,10}$/

/** Section 20.19: between 0 and 2^32 − 1. */
const MOST_SECONDS = 0xffffffff
/** Of Via and of Contact each. */
const MOST_VALUES = 200

/**
 * Reads the SIP message of one packet; never throws, in time linear to its length. Null where the start line cannot be read or Call-ID,
 * CSeq, From or To is not there. Of a header that may be there once and is there twice the first counts, as in Kamailio
 * (core/parser/msg_parser.c). A message that is cut is read as far as it goes. Values are text from whoever sent the message: they may
 * hold any character, control characters too.
 */
export function parseSip(payload: Buffer): SipMessage | null {
  const { startLine, headers } = readHead(payload)
  const start = parseStartLine(startLine)
  const callId = headers.callId?.[0]
  const cseq = CSEQ.exec(headers.cseq?.[0] ?? '')
  const from = headers.from?.[0]
  const to = headers.to?.[0]
  if (!start || !callId || !cseq || !from || !to) return null
  const vias = valuesOf(headers.via)
  const challenges = present(headers.challenge, parseChallenge)
  return {
    ...start,
    branch: vias[0] ? parameterOf(vias[0], 'branch') || null : null,
    vias: vias.length,
    callId,
    cseq: { number: Number(cseq[1]), method: cseq[2] as string },
    from: partyOf(from),
    to: partyOf(to),
    userAgent: headers.userAgent?.[0] || null,
    contacts: valuesOf(headers.contact),
    expires: parseSeconds(headers.expires?.[0] ?? null),
    credentials: present(headers.credentials, parseCredentials),
    challenges: challenges.map(({ nonce }) => nonce).filter((nonce) => nonce !== null),
    stale: challenges.some(({ stale }) => stale),
  }
}

function parseStartLine(line: string): Pick<SipMessage, 'request' | 'reply'> | null {
  const request = REQUEST_LINE.exec(line)
  if (request) {
    const uri = request[2] as string
    return { request: { method: request[1] as string, uri, target: parseUri(uri) }, reply: null }
  }
  const reply = STATUS_LINE.exec(line)
  return reply && { request: null, reply: { code: Number(reply[1]), reason: reply[2] ?? '' } }
}

function partyOf(value: string): SipUri & { tag: string | null } {
  const { uri, parameters } = parseNameAddress(value)
  return { ...parseUri(uri), tag: parameterOf(parameters, 'tag') || null }
}

/** Those of several headers together, as if they were one (RFC 3261 section 7.3.1). */
function valuesOf(headers: readonly string[] | undefined): string[] {
  const values: string[] = []
  for (const header of headers ?? []) values.push(...listOf(header, MOST_VALUES - values.length))
  return values
}

/** Of an Expires header or parameter; null where it is no number. */
export function parseSeconds(text: string | null): number | null {
  return text !== null && DELTA_SECONDS.test(text) ? Math.min(Number(text), MOST_SECONDS) : null
}

function present<T>(values: readonly string[] | undefined, parse: (value: string) => T | null): T[] {
  return values ? values.map(parse).filter((parsed) => parsed !== null) : []
}
