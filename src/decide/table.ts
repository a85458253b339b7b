import type { Evidence, TrustLevel } from '../types.ts'

/** How far a full window may go. */
export type Measure =
  /** Nothing happens; it stays in the statistics. */
  | 'nothing'
  /** Operators are told. */
  | 'alert'
  /** The failing endpoint, if it can be told and nobody is registered there; and operators are told. */
  | 'endpoint'
  /** The same; the whole address when too many users or endpoints of it failed. */
  | 'endpoint-or-sweep'
  /** The address, for `unproved.maxbantime` at most, and it is no offence that a later ban grows by. */
  | 'address-shortly'
  /** The address, ever longer. */
  | 'address'

/** What an address may suffer: its trust level × the evidence (DESIGN section 5). The one place that says so; every decision asks here. */
export const TABLE: Readonly<Record<TrustLevel, Readonly<Record<Evidence, Measure>>>> = {
  self: { unproved: 'nothing', proved: 'nothing', request: 'nothing' },
  allowed: { unproved: 'nothing', proved: 'nothing', request: 'nothing' },
  peer: { unproved: 'alert', proved: 'alert', request: 'address' },
  phone: { unproved: 'endpoint', proved: 'endpoint-or-sweep', request: 'address' },
  unknown: { unproved: 'address-shortly', proved: 'address', request: 'address' },
}
