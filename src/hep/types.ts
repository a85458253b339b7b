import type { SipEvent, Transport } from '../types.ts'

/** HEPv3 packets, the SIP in them, and what is made of both. Types only. */

/** One HEPv3 packet that carries SIP, over UDP or as one message of a TCP stream. */
export interface HepPacket {
  /** Canonical addresses of the mirrored packet. */
  readonly sourceIp: string
  readonly sourcePort: number
  readonly destinationIp: string
  readonly destinationPort: number
  /** Null: something else, such as SCTP. WebSocket looks like TCP. */
  readonly transport: Transport | null
  /** When it was captured, epoch ms; null where it does not say. */
  readonly capturedAtMs: number | null
  /** Which capturing server it is; null where it does not say. */
  readonly captureId: number | null
  /** Authentication key, as it came. */
  readonly key: Buffer | null
  /** The SIP message, a view of the bytes given. */
  readonly payload: Buffer
}

/** Why a packet is not read: each is counted. */
export const HEP_REFUSALS = ['not-hep', 'version', 'compressed', 'malformed', 'not-sip', 'key'] as const
export type HepRefusal = (typeof HEP_REFUSALS)[number]

/** A URI of a header (or of the request line), as far as it is known how to read it. */
export interface SipUri {
  readonly user: string | null
  /** Host, lower case, brackets of IPv6 taken away. */
  readonly host: string | null
}

/** Credentials of an Authorization or Proxy-Authorization header. */
export interface SipCredentials {
  readonly username: string | null
  readonly realm: string | null
  readonly nonce: string | null
}

/** What of a SIP message (RFC 3261 section 7) matters here. */
export interface SipMessage {
  /** Null of a reply. */
  readonly request: { readonly method: string; readonly uri: string; readonly target: SipUri } | null
  /** Null of a request. */
  readonly reply: { readonly code: number; readonly reason: string } | null
  /** Branch parameter of the topmost Via; null where there is none. */
  readonly branch: string | null
  /** How many Vias there are: one of a request whose sender wrote it himself, more of one that a proxy passed on. */
  readonly vias: number
  readonly callId: string
  readonly cseq: { readonly number: number; readonly method: string }
  readonly from: SipUri & { readonly tag: string | null }
  readonly to: SipUri & { readonly tag: string | null }
  /** User-Agent. */
  readonly userAgent: string | null
  /** Values of Contact, each whole, commas between them taken apart. `*` stands for itself. */
  readonly contacts: readonly string[]
  /** Expires header, seconds. */
  readonly expires: number | null
  readonly credentials: readonly SipCredentials[]
  /** Nonces of WWW-Authenticate and Proxy-Authenticate. */
  readonly challenges: readonly string[]
  /** A challenge says `stale=true`: the password was right (or was not looked at), the nonce was too old. */
  readonly stale: boolean
}

/** Events that one packet, or the passing of time, completes. */
export interface HepReader {
  /**
   * Reads one packet. `id` is the event's, if this packet begins or completes one. `receivedAtMs` never goes back.
   * The events' `source` is set by the caller.
   */
  read(packet: Buffer, receivedAtMs: number, id: string): readonly SipEvent[]
  /** Requests that nobody answered in time. To be called about every second. */
  tick(nowMs: number): readonly SipEvent[]
  /** How many packets were not read, by reason, since the start. */
  readonly refused: Readonly<Record<HepRefusal, number>>
  /** Addresses at which servers are that take our registrations (carriers): peers. */
  readonly peers: readonly string[]
  /** Entries kept in memory, of all kinds together: bounded. */
  readonly size: number
}
