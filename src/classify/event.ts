import { type EventFields, type SipEvent, TRANSPORTS, type Transport } from '../types.ts'
import type { CompiledRule } from './rule.ts'

/** The groups of a rule that an event is made of, each with its place: numbers, for a look-up by name costs each event a dozen. */
export const PLACES = {
  addr: 0,
  port: 1,
  user: 2,
  domain: 3,
  userAgent: 4,
  method: 5,
  code: 6,
  reason: 7,
  contact: 8,
  expires: 9,
  callId: 10,
  requestUri: 11,
  transport: 12,
} as const
export const PLACE_NAMES = Object.keys(PLACES) as readonly (keyof typeof PLACES)[]

/** What a rule read from a line. Null: nothing, or nothing that is to be believed. */
export interface ReadFields {
  /** Canonical. */
  address(): string | null
  text(place: number): string | null
  /** Of at most ten digits. */
  number(place: number): number | null
}

/** Of a line whose fields nobody wants. */
export const NOTHING_READ: ReadFields = { address: () => null, text: () => null, number: () => null }

const PROVING: ReadonlySet<string> = new Set(['tcp', 'tls', 'ws', 'wss'])

/** The event a matched rule makes; `source` and `id` are filled in by whoever knows where the line stands. */
export function makeEvent({ rule, set, filter, counts }: CompiledRule, fields: ReadFields, atMs: number): SipEvent {
  const transport = toTransport(fields.text(PLACES.transport)) ?? set.transport
  const ip = fields.address()
  const port = fields.number(PLACES.port)
  return {
    kind: rule.kind,
    ip,
    port: port !== null && port > 0 && port < 65536 ? port : null,
    transport,
    user: fields.text(PLACES.user) ?? set.user,
    domain: fields.text(PLACES.domain) ?? set.domain,
    userAgent: fields.text(PLACES.userAgent) ?? set.userAgent,
    method: fields.text(PLACES.method) ?? set.method,
    code: fields.number(PLACES.code) ?? set.code,
    reason: rule.reason ?? fields.text(PLACES.reason) ?? set.reason,
    contact: fields.text(PLACES.contact) ?? set.contact,
    expires: fields.number(PLACES.expires) ?? set.expires,
    callId: fields.text(PLACES.callId) ?? set.callId,
    requestUri: fields.text(PLACES.requestUri) ?? set.requestUri,
    atMs,
    proved: transport !== null && PROVING.has(transport),
    counted: counts && ip !== null,
    shadow: rule.shadow,
    filter,
    rule: rule.id,
    why: null,
    source: '',
    id: '',
  } satisfies SipEvent & EventFields
}

/** How OpenSIPS and Kamailio print a value that a message does not have (pvar.c pv_get_null). */
const MISSING = '<null>'

/** A field's bytes, one a character, as text: UTF-8 where it is valid, U+FFFD where it is not. */
export function fieldText(bytes: string): string | null {
  if (bytes === '' || bytes === MISSING) return null
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 127) return Buffer.from(bytes, 'latin1').toString('utf8')
  return bytes
}

function toTransport(word: string | null): Transport | null {
  if (word === null) return null
  const lower = word.toLowerCase()
  return TRANSPORTS.find((transport) => transport === lower) ?? null
}
