import { createHash } from 'node:crypto'
import type { Jail, JailKey } from '../config/types.ts'
import { COUNTED_KINDS, type SipEvent } from '../types.ts'
import type { DetectorOptions } from './detector.ts'
import { narrowing } from './keys.ts'
import type { WindowSpec } from './layout.ts'
import { type KeyKind, PAIR, PLACE, SWEPT_PORTS, SWEPT_USERS, USER } from './records.ts'

/** What is worked out of a jail once, so that events need not. */
export interface Plan {
  readonly jail: Jail
  /** Whether an event of one of the jail's kinds enters it. */
  readonly looksAt: (event: SipEvent) => boolean
  readonly needsUser: boolean
  readonly first: WindowSpec
  readonly second: WindowSpec | null
  /** Of jails that ban by address for failures: what is swept over from the addresses of phones. */
  readonly sweptUsers: WindowSpec | null
  readonly sweptPorts: WindowSpec | null
  /** How far back a success spares an address. */
  readonly successFindtimeMs: number
  /** The same for jails that count the same; what was counted under another is worth nothing. */
  readonly signature: string
}

export function planOf(jail: Jail, limits: DetectorOptions['sweep']): Plan {
  // What follows when a window is full does not decide what it holds.
  const { alertonly: _, bantimeMs: __, increment: ___, then, ...rest } = jail
  const counting = JSON.stringify([rest, then && { ...then, bantimeMs: 0 }])
  const signature = createHash('sha256').update(counting).digest('hex').slice(0, 8)
  const { findtimeMs, by, distinct, maxretry, kinds, unless } = jail
  const failures = kinds.some((kind) => COUNTED_KINDS.has(kind))
  const sweeps = failures && kindOf(by) === PLACE && distinct === null && then === null
  const waits = unless !== null
  const swept = (stage: string, kind: KeyKind, most: number): WindowSpec | null =>
    sweeps ? { name: signature + stage, kind, maxretry: most + 1, findtimeMs, distinct: true, waits } : null
  return {
    jail,
    looksAt: narrowing(jail),
    needsUser: sweeps || distinct === 'user' || by.includes('user') || (then?.by.includes('user') ?? false),
    first: { name: `${signature}1`, kind: kindOf(by), maxretry, findtimeMs, distinct: distinct !== null, waits: waits && then === null },
    second: then && {
      ...{ name: `${signature}2`, kind: kindOf(then.by), maxretry: then.maxretry, findtimeMs: then.findtimeMs },
      ...{ distinct: false, waits: true },
    },
    sweptUsers: swept('u', SWEPT_USERS, limits.maxUsers),
    sweptPorts: swept('p', SWEPT_PORTS, limits.maxPorts),
    successFindtimeMs: (then ?? jail).findtimeMs,
    signature,
  }
}

const kindOf = (by: readonly JailKey[]): KeyKind => (by.length > 1 ? PAIR : by[0] === 'user' ? USER : PLACE)
