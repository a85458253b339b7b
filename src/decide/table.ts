import type { SkipReason, TrustLevel } from '../types.ts'

/** On whose word: a log's unproved or proved evidence (DESIGN: proof), or a person's (or Fail2Ban's) request. */
export type Evidence = 'unproved' | 'proved' | 'request'

type Measure = { readonly type: 'ban' } | { readonly type: 'skip'; readonly why: SkipReason }

const BAN: Measure = { type: 'ban' }

/**
 * What an address may suffer: its trust level × the evidence. The one place that says so; every decision asks here.
 *
 * Known limits, until peers, phones and proof are known at all (no address is of those levels yet): unproved evidence against `unknown`
 * gets the full escalation, and against `phone` nothing where it may cost the failing endpoint.
 */
export const TABLE: Readonly<Record<TrustLevel, Readonly<Record<Evidence, Measure>>>> = {
  self: always({ type: 'skip', why: 'self' }),
  allowed: always({ type: 'skip', why: 'allowed' }),
  peer: { ...always({ type: 'skip', why: 'peer' }), request: BAN },
  phone: { ...always({ type: 'skip', why: 'phone' }), request: BAN },
  unknown: always(BAN),
}

function always(measure: Measure): Record<Evidence, Measure> {
  return { unproved: measure, proved: measure, request: measure }
}
