import type { EventFields } from '../types.ts'
import { changeOf } from './binding-change.ts'
import { own, shortKey } from './own.ts'
import { isScanner } from './scanners.ts'
import type { HepPacket, SipMessage } from './types.ts'
import type { BindingChange } from './verdict.ts'

/** What is kept of a request until its answer comes. */
export interface KeptRequest {
  /** Whose request it is. */
  readonly ip: string
  /** Whom it was sent to. */
  readonly serverIp: string
  /** Host of the request's own URI. */
  readonly host: string | null
  readonly hasCredentials: boolean
  /** As whom they authenticate. */
  readonly username: string | null
  readonly isScanner: boolean
  readonly change: BindingChange
  /** URI of the contact that it is about. */
  readonly contactUri: string | null
  /** All by which a server may decide whether to ask for credentials. */
  readonly flow: string
  /** Whether the return path to the sender is known. */
  readonly isProved: boolean
  readonly atMs: number
  readonly id: string
  /** What an event says of it, whatever the answer. */
  readonly fields: Omit<EventFields, 'code' | 'reason'>
}

export interface Sighting {
  readonly packet: HepPacket
  readonly message: SipMessage
  /** When it was captured, epoch ms. */
  readonly atMs: number
  readonly id: string
}

export function keptRequest({ packet, message, atMs, id }: Sighting, isProved: boolean): KeptRequest {
  const { method, uri, target } = message.request!
  const { from, to, credentials, callId } = message
  const asked = changeOf(message)
  return {
    ip: packet.sourceIp,
    serverIp: packet.destinationIp,
    host: own(target.host),
    hasCredentials: credentials.length > 0,
    username: own(credentials[0]?.username?.split('@', 1)[0] || null),
    isScanner: isScanner(message.userAgent),
    change: asked.change,
    contactUri: own(asked.uri),
    flow: shortKey(`${packet.sourceIp} ${method} ${to.tag === null} ${from.user}@${from.host} ${uri} ${callId}`),
    isProved,
    atMs,
    id,
    fields: {
      ...fieldsOf(method, message),
      port: packet.sourcePort,
      transport: packet.transport,
      userAgent: own(message.userAgent),
      contact: own(asked.contact),
      expires: asked.expires,
      requestUri: own(uri),
    },
  }
}

/** What an event says of a request that was not seen, told by the answer to it. */
export function unseenFields({ packet, message }: Sighting): KeptRequest['fields'] {
  const { contact, expires } = changeOf(message)
  return {
    ...fieldsOf(message.cseq.method, message),
    port: packet.destinationPort,
    transport: packet.transport,
    userAgent: null,
    contact: own(contact),
    expires,
    requestUri: null,
  }
}

/** Who registers is named by To, who asks for anything else by From. */
function fieldsOf(method: string, message: SipMessage): Pick<EventFields, 'user' | 'domain' | 'method' | 'callId'> {
  const { user, host } = method === 'REGISTER' ? message.to : message.from
  return { user: own(user), domain: own(host), method: own(method), callId: own(message.callId) }
}
