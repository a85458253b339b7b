import { networkOf } from '../address.ts'
import type { Jail, JailKey } from '../config/types.ts'

/** What of a jail decides what its windows hold. */
export type CountedJail = Pick<Jail, 'name' | 'by' | 'distinct' | 'maxretry' | 'findtimeMs'> & {
  readonly then: Pick<NonNullable<Jail['then']>, 'by' | 'maxretry' | 'findtimeMs'> | null
}

/** One event that enters the windows of one jail. */
export interface Counting {
  readonly jail: CountedJail
  /** Changes when the jail counts otherwise: windows of different rules never mix. */
  readonly signature: string
  /** Whose event it is: an IPv4 address, an IPv6 address or its /64. */
  readonly network: string
  /** Of its first window. */
  readonly key: string
  /** What a `distinct:` jail counts; null: it does not enter the first window of such a jail, and is nothing to others. */
  readonly value: string | null
  /** Whether the first window may become full by this event. */
  readonly mayFire: boolean
  /** Of a jail with `then:`; null: the event has no key there. `alone`: it fills the window by itself, where that is armed. */
  readonly second: { readonly key: string; readonly mayFire: boolean; readonly alone: boolean } | null
  /** Epoch ms. */
  readonly atMs: number
  readonly id: string
  readonly proved: boolean
}

/**
 * What all keys of a jail have in common: it is their hash tag, so that both stages of an event, and the word that a network is forgotten
 * if its windows lie by network, are in one slot. Where the stages have nothing in common (`by: ip`, `then: { by: user }`) the whole jail
 * lies in one.
 */
export function slotOf({ by, then }: CountedJail): 'network' | 'user' | 'jail' {
  const share = (part: JailKey) => by.includes(part) && (then === null || then.by.includes(part))
  return share('ip') ? 'network' : share('user') ? 'user' : 'jail'
}

/** An IPv6 address counts, and is forgotten, as its /64. */
export const wholeNetwork = (network: string): string => (network.includes('/') ? network : networkOf(network))

/** When a network was forgotten: `PREFIX:{192.0.2.7}:forgotten`. */
export const markerOf = (prefix: string, network: string): string => `${prefix}:{${wholeNetwork(network)}}:forgotten`

/**
 * `PREFIX:{192.0.2.7}:1:SIGNATURE:sip-auth`; where the key is not what stands in the braces, it follows. In them stands what a jail's stages
 * have in common: a network, `u:USER` or `j:JAIL`. A user is an attacker's text: a `}` in it ends the tag early, for all of his keys alike.
 */
export function windowsOf(prefix: string, counting: Counting): { first: string; second: string | null } {
  const { jail, signature, network, key, second } = counting
  const slot = slotOf(jail)
  // One of the stages is by user alone, or the address would be common to both.
  const common =
    slot === 'network' ? wholeNetwork(network) : slot === 'jail' ? jail.name : jail.by.length === 1 ? key : (second?.key ?? key)
  const tag = slot === 'network' ? common : `${slot[0]}:${common}`
  const name = (stage: 1 | 2, own: string) => `${prefix}:{${tag}}:${stage}:${signature}:${jail.name}${own === common ? '' : `:${own}`}`
  return { first: name(1, key), second: second && name(2, second.key) }
}
