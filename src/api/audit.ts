import type { FastifyReply, FastifyRequest } from 'fastify'
import { canonicalAddress, formatCidr, parseCidr } from '../address.ts'
import { formatDuration } from '../duration.ts'
import type { AuditEntry } from '../kept.ts'
import { normalizeMac } from '../phones/index.ts'
import { durationArgument } from './arguments.ts'
import type { AuditControl } from './control.ts'

/** What a request does, in words. The target as it was given. */
export type Action = Pick<AuditEntry, 'action' | 'target' | 'detail'>
type Describe = (request: FastifyRequest, reply: FastifyReply) => Action | null

declare module 'fastify' {
  interface FastifyContextConfig {
    /** On every route that changes something. Only asked of requests that were valid and not refused, unless `refusals`. Null: nothing to tell. */
    readonly audit?: Describe
    readonly refusals?: true
  }
}

/** Of a route whose schemas have these outputs. */
export function audited<Parts extends { readonly body?: unknown; readonly params?: unknown; readonly query?: unknown }>(
  describe: (request: Parts) => Action,
): { readonly audit: Describe } {
  return { audit: (request) => describe(request as unknown as Parts) }
}

/** `for 1h`, as a detail has it. @throws SipguardError DURATION_INVALID */
export function spanOf(length: string | number): string {
  const ms = durationArgument(length)
  return ms === null ? 'for ever' : `for ${formatDuration(ms)}`
}

/** Addresses, networks and MACs in the one spelling under which they are found again; anything else as it is. */
export function canonicalTarget(text: string): string {
  const cidr = parseCidr(text)
  return canonicalAddress(text) ?? (cidr && formatCidr(cidr)) ?? normalizeMac(text) ?? text
}

/**
 * Keeps what was done, by whom and from where, before it is answered: whoever has the answer knows that it stands in the audit. A Fastify
 * onSend hook. What fails half way (5xx) is kept too, for it may have been done.
 */
export function auditBy(audit: AuditControl) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { audit: describe, refusals } = request.routeOptions.config
    const { statusCode } = reply
    if (describe === undefined || (statusCode >= 400 && statusCode < 500 && !refusals)) return
    const action = describe(request, reply)
    if (action === null) return
    const detail = statusCode < 500 ? action.detail : [action.detail, `failed (${statusCode})`].filter(Boolean).join(', ')
    const target = action.target && canonicalTarget(action.target)
    await audit.note({ action: action.action, target, detail, who: request.caller?.name ?? 'nobody', from: request.from })
  }
}
