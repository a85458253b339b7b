import { wholeOf } from '../address.ts'
import type { JailKey } from '../config/types.ts'
import type { CountedJail, Counting } from '../counting.ts'

/**
 * What all keys of a jail have in common: it is their hash tag, so that both stages of an event, and the word that a network is forgotten
 * if its windows lie by network, are in one slot. Where the stages have nothing in common (`by: ip`, `then: { by: user }`) the whole jail
 * lies in one.
 */
export function slotOf({ by, then }: CountedJail): 'network' | 'user' | 'jail' {
  const share = (part: JailKey) => by.includes(part) && (then === null || then.by.includes(part))
  return share('ip') ? 'network' : share('user') ? 'user' : 'jail'
}

/** When a network was forgotten, an IPv6 address as its /64: `PREFIX:{192.0.2.7}:forgotten`. */
export const markerOf = (prefix: string, network: string): string => `${prefix}:{${wholeOf(network)}}:forgotten`

/**
 * `PREFIX:{192.0.2.7}:1:SIGNATURE:sip-auth`; where the key is not what stands in the braces, it follows. In them stands what a jail's stages
 * have in common: a network, `u:USER` or `j:JAIL`. A user is an attacker's text: a `}` in it ends the tag early, for all of his keys alike.
 */
export function windowsOf(prefix: string, counting: Counting): { first: string; second: string | null } {
  const { jail, signature, network, key, second } = counting
  const slot = slotOf(jail)
  // One of the stages is by user alone, or the address would be common to both.
  const common = slot === 'network' ? wholeOf(network) : slot === 'jail' ? jail.name : jail.by.length === 1 ? key : (second?.key ?? key)
  const tag = slot === 'network' ? common : `${slot[0]}:${common}`
  const name = (stage: 1 | 2, own: string) => `${prefix}:{${tag}}:${stage}:${signature}:${jail.name}${own === common ? '' : `:${own}`}`
  return { first: name(1, key), second: second && name(2, second.key) }
}
