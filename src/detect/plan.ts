import { createHash } from 'node:crypto'
import type { Jail } from '../config/types.ts'
import type { SipEvent } from '../types.ts'
import { narrowing } from './keys.ts'
import type { WindowRule } from './window.ts'

/** What is worked out of a jail once, so that events need not. */
export interface Plan {
  readonly jail: Jail
  /** Whether an event of one of the jail's kinds enters it. */
  readonly looksAt: (event: SipEvent) => boolean
  readonly needsUser: boolean
  readonly first: WindowRule
  readonly second: WindowRule | null
  /** How far back a success spares an address. */
  readonly successFindtimeMs: number
  /** The same for jails that count the same; what was counted under another is worth nothing. */
  readonly signature: string
}

export function planOf(jail: Jail): Plan {
  // What follows when a window is full does not decide what it holds.
  const { alertonly: _, bantimeMs: __, increment: ___, then, ...rest } = jail
  const counting = JSON.stringify([rest, then && { ...then, bantimeMs: 0 }])
  return {
    jail,
    looksAt: narrowing(jail),
    needsUser: jail.distinct === 'user' || jail.by.includes('user') || (then?.by.includes('user') ?? false),
    first: { maxretry: jail.maxretry, findtimeMs: jail.findtimeMs, distinct: jail.distinct !== null },
    second: then && { maxretry: then.maxretry, findtimeMs: then.findtimeMs, distinct: false },
    successFindtimeMs: (then ?? jail).findtimeMs,
    signature: createHash('sha256').update(counting).digest('hex').slice(0, 8),
  }
}
