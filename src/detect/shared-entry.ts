import type { Jail } from '../config/types.ts'
import type { Counting } from '../counting.ts'
import type { SipEvent, Standing } from '../types.ts'
import { userOf } from '../user-name.ts'
import { endpointOf, keyOf } from './keys.ts'

/** How one event enters the windows of one jail, for windows that are kept outside this process too. Sweeps are counted here alone. */
export interface SharedEntry extends Counting {
  readonly jail: Jail
  /** What the windows count: an address (or its /64), or one endpoint of a phone's address. */
  readonly scope: 'address' | 'endpoint'
}

/** Null where the event has no key. @param spared the address had a success, and the jail spares those */
export function sharedEntry(
  event: SipEvent,
  { level, network }: Standing,
  jail: Jail,
  signature: string,
  spared: boolean,
): SharedEntry | null {
  const { atMs, id, proved } = event
  const user = userOf(event)
  const endpoint = level === 'phone' ? endpointOf(event) : null
  const place = endpoint ?? network
  const key = keyOf(jail.by, place, user)
  if (key === null) return null
  const value = jail.distinct === 'user' ? user : jail.distinct === 'ip' ? network : null
  const secondKey = jail.then && keyOf(jail.then.by, place, user)
  const second = secondKey === null ? null : { key: secondKey, mayFire: !spared, alone: proved }
  const isByPlace = jail.by.includes('ip') || (jail.then?.by.includes('ip') ?? false)
  return {
    ...{ jail, signature, network, key, value, second, atMs, id, proved },
    mayFire: jail.then !== null || !spared,
    scope: endpoint !== null && isByPlace ? 'endpoint' : 'address',
  }
}
