import { canonicalAddress } from '../address.ts'
import { type EventFields, type SipEvent, TRANSPORTS, type Transport } from '../types.ts'
import type { Match } from './verdict.ts'

const PROVING: ReadonlySet<string> = new Set(['tcp', 'tls', 'ws', 'wss'])

/** The event a matched rule makes; `source` and `id` are filled in by whoever knows where the line stands. */
export function makeEvent({ compiled, groups, addr }: Match, atMs: number): SipEvent {
  const { rule, groups: at } = compiled
  const { set } = rule
  const text = (group: number) => (group === 0 || groups === null ? undefined : groups[group])
  const transport = toTransport(text(at.transport)) ?? set.transport ?? null
  const ip = addr === undefined ? null : canonicalAddress(addr)
  return {
    kind: rule.kind,
    ip,
    port: toPort(text(at.port)),
    transport,
    user: toText(text(at.user)) ?? set.user ?? null,
    domain: toText(text(at.domain)) ?? set.domain ?? null,
    userAgent: toText(text(at.userAgent)) ?? set.userAgent ?? null,
    method: toText(text(at.method)) ?? set.method ?? null,
    code: toNumber(text(at.code)) ?? set.code ?? null,
    reason: rule.reason ?? toText(text(at.reason)) ?? set.reason ?? null,
    contact: toText(text(at.contact)) ?? set.contact ?? null,
    expires: toNumber(text(at.expires)) ?? set.expires ?? null,
    callId: toText(text(at.callId)) ?? set.callId ?? null,
    requestUri: toText(text(at.requestUri)) ?? set.requestUri ?? null,
    atMs,
    proved: transport !== null && PROVING.has(transport),
    counted: compiled.counts && ip !== null,
    shadow: rule.shadow,
    filter: compiled.filter,
    rule: rule.id,
    why: null,
    source: '',
    id: '',
  } satisfies SipEvent & EventFields
}

/** How OpenSIPS and Kamailio print a value that a message does not have (pvar.c pv_get_null). */
const MISSING = '<null>'

/** Bytes as text: UTF-8 where it is valid, U+FFFD where it is not. */
function toText(bytes: string | undefined): string | null {
  if (!bytes || bytes === MISSING) return null
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 127) return Buffer.from(bytes, 'latin1').toString('utf8')
  return bytes
}

const ZERO = 48

/** Of what `<PORT>` matches: digits. */
function toPort(digits: string | undefined): number | null {
  if (digits === undefined) return null
  let port = 0
  for (let i = 0; i < digits.length; i++) port = port * 10 + digits.charCodeAt(i) - ZERO
  return port > 0 && port < 65536 ? port : null
}

function toNumber(digits: string | undefined): number | null {
  return digits !== undefined && /^\d{1,10}$/.test(digits) ? Number(digits) : null
}

function toTransport(word: string | undefined): Transport | null {
  if (word === undefined) return null
  const lower = word.toLowerCase()
  return TRANSPORTS.find((transport) => transport === lower) ?? null
}
