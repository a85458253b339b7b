import { bindings } from './sip-bindings.ts'
import type { SipMessage } from './types.ts'
import type { BindingChange } from './verdict.ts'

/** What a REGISTER asks for, or a 200 to one tells: the first contact that stays, else the first that goes. */
export interface AskedChange {
  readonly change: BindingChange
  /** The Contact as it stands there. */
  readonly contact: string | null
  readonly uri: string | null
  /** Seconds; null where it does not say. */
  readonly expires: number | null
}

export function changeOf(message: Pick<SipMessage, 'contacts' | 'expires'>): AskedChange {
  const { contacts } = message
  if (contacts.length === 0) return { change: 'none', contact: null, uri: null, expires: message.expires }
  if (contacts.includes('*')) return { change: 'removed', contact: '*', uri: null, expires: message.expires }
  const asked = bindings(message).map(({ uri, expires }, i) => ({ contact: contacts[i]!, uri, expires: expires ?? message.expires }))
  const bound = asked.find(({ expires }) => expires !== 0)
  return bound ? { change: 'bound', ...bound } : { change: 'removed', ...asked[0]! }
}

/** For how long the registrar says that it keeps a contact, seconds; null where it does not say. It lists all that it has of that user. */
export function grantedTo(uri: string | null, reply: SipMessage): number | null {
  const all = bindings(reply)
  const granted = all.find((binding) => binding.uri === uri) ?? (all.length === 1 ? all[0] : undefined)
  return granted?.expires ?? reply.expires
}
