import { parseSeconds } from './sip-message.ts'
import { parseNameAddress, parseUri } from './sip-uri.ts'
import { parameterOf } from './sip-values.ts'
import type { SipMessage, SipUri } from './types.ts'

/** A contact that a REGISTER asks for, or that its 200 says is registered (RFC 3261 section 10). */
export interface Binding extends SipUri {
  /** As it stands between `<` and `>`. */
  readonly uri: string
  /** Its own `expires` parameter, seconds; null: the Expires header or the registrar decides. */
  readonly expires: number | null
}

/** One for each contact but `*`, in their order. */
export function bindings({ contacts }: Pick<SipMessage, 'contacts'>): Binding[] {
  return contacts
    .filter((contact) => contact !== '*')
    .map((contact) => {
      const { uri, parameters } = parseNameAddress(contact)
      return { uri, ...parseUri(uri), expires: parseSeconds(parameterOf(parameters, 'expires')) }
    })
}
