import type { Jail } from '../config/types.ts'
import type { Counting } from '../counting.ts'
import type { Detection, SipEvent, Standing } from '../types.ts'
import { userOf } from '../user-name.ts'
import { endpointOf, keyOf } from './keys.ts'
import type { WindowSpec } from './layout.ts'

/** How one event enters the windows of one jail, for windows that are kept outside this process too. */
export interface SharedEntry extends Counting {
  /** What is swept over from a phone's address; null: it is the jail's own window. */
  readonly sweep: Detection['sweep']
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
    ...{ jail, signature, network, key, value, second, atMs, id, proved, sweep: null },
    mayFire: jail.then !== null || !spared,
    scope: endpoint !== null && isByPlace ? 'endpoint' : 'address',
  }
}

/** How an event from a phone's address enters the window of a sweep: under its very address. Null where it has nothing that is counted there. */
export function sharedSweep(
  event: SipEvent,
  { network }: Standing,
  { name }: Jail,
  { name: signature, maxretry, findtimeMs }: WindowSpec,
  sweep: 'user' | 'port',
  spared: boolean,
): SharedEntry | null {
  const { ip, atMs, id, proved } = event
  const value = sweep === 'user' ? userOf(event) : endpointOf(event)
  if (value === null) return null
  return {
    // biome-ignore lint/suspicious/noThenProperty: a jail's key
    jail: { name, by: ['ip'], distinct: 'user', maxretry, findtimeMs, then: null },
    ...{ signature, network, key: ip!, value, second: null, atMs, id, proved, sweep, mayFire: !spared, scope: 'address' },
  }
}
