import { canonicalAddress } from '../address.ts'
import { COUNTED_KINDS, type EventFields, type SipEvent, TRANSPORTS, type Transport } from '../types.ts'
import type { CompiledRule } from './rule.ts'

const PROVING: ReadonlySet<string> = new Set(['tcp', 'tls', 'ws', 'wss'])

/** The event a matched rule makes; `source` and `id` are filled in by whoever knows where the line stands. */
export function makeEvent(compiled: CompiledRule, groups: Readonly<Record<string, string | undefined>>, atMs: number): SipEvent {
  const { rule } = compiled
  const { set } = rule
  const transport = toTransport(groups.transport) ?? set.transport ?? null
  const ip = groups.addr === undefined ? null : canonicalAddress(groups.addr)
  return {
    kind: rule.kind,
    ip,
    port: toPort(groups.port),
    transport,
    user: toText(groups.user) ?? set.user ?? null,
    domain: toText(groups.domain) ?? set.domain ?? null,
    userAgent: toText(groups.userAgent) ?? set.userAgent ?? null,
    method: toText(groups.method) ?? set.method ?? null,
    code: toNumber(groups.code) ?? set.code ?? null,
    reason: rule.reason ?? toText(groups.reason) ?? set.reason ?? null,
    contact: toText(groups.contact) ?? set.contact ?? null,
    expires: toNumber(groups.expires) ?? set.expires ?? null,
    callId: toText(groups.callId) ?? set.callId ?? null,
    requestUri: toText(groups.requestUri) ?? set.requestUri ?? null,
    atMs,
    proved: transport !== null && PROVING.has(transport),
    counted: rule.counted && ip !== null && !rule.shadow && COUNTED_KINDS.has(rule.kind),
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
  return /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes
}

function toPort(digits: string | undefined): number | null {
  const port = Number(digits)
  return port > 0 && port < 65536 ? port : null
}

function toNumber(digits: string | undefined): number | null {
  return digits !== undefined && /^\d{1,10}$/.test(digits) ? Number(digits) : null
}

function toTransport(word: string | undefined): Transport | null {
  const lower = word?.toLowerCase()
  return TRANSPORTS.find((transport) => transport === lower) ?? null
}
