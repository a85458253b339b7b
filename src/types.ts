/** The nouns every stage shares (see docs/decisions/001-six-nouns.md). Types only: nothing here runs. */

export const EVENT_KINDS = [
  'failed_registration',
  'failed_auth',
  'door_knock',
  'flood',
  'call_rejected',
  'malformed',
  'auth_challenge',
  'auth_success',
  'request',
  'registration',
  'unregistration',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** Kinds that count against an address unless their rule says otherwise. */
export const COUNTED_KINDS: ReadonlySet<EventKind> = new Set<EventKind>([
  'failed_registration',
  'failed_auth',
  'door_knock',
  'flood',
  'call_rejected',
  'malformed',
])

/** Why a door was knocked at. The last but one two are the operator's own misconfiguration: recorded, not counted. */
export const KNOCK_REASONS = [
  'scanner_detected',
  'domain_not_found',
  'domain_mismatch',
  'method_not_allowed',
  'max_forwards_exceeded',
  'unknown_endpoint',
  'acl_denied',
  'setid_not_found',
  'query_failed',
] as const
export type KnockReason = (typeof KNOCK_REASONS)[number]

export const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** What of a line's text an event may carry besides its address; null where the line does not say. */
export interface EventFields {
  /** Source port, 1 to 65535. */
  port: number | null
  transport: Transport | null
  user: string | null
  domain: string | null
  userAgent: string | null
  method: string | null
  /** SIP status code, 100 to 699. */
  code: number | null
  /** Reason phrase, or one of KNOCK_REASONS for a door knock. */
  reason: string | null
  contact: string | null
  /** Seconds. */
  expires: number | null
  callId: string | null
  requestUri: string | null
}

/** A classified log line or SIP message. */
export interface SipEvent extends EventFields {
  kind: EventKind
  /** Canonical source address (RFC 5952 text, IPv4-mapped as IPv4), or null where the line names no trustworthy source. */
  ip: string | null
  /** Epoch ms, from the line itself where it says. */
  atMs: number
  /** The return path is known to reach the sender (TCP, TLS, WebSocket; see DESIGN: proof). */
  proved: boolean
  /** Whether it may count against anybody. */
  counted: boolean
  /** The first of two lines that one request causes; never counts. */
  shadow: boolean
  filter: string
  rule: string
  /**
   * Why ip is null or the event is not counted, where the classifier had to refuse: 'ambiguous', 'forgeable'; or 'hep': it was seen both
   * as HEP and in a log, and counted the first time.
   */
  why: string | null
  /** Name of the source, as people know it. */
  source: string
  /** Stable and unique over restarts and nodes: node, stream generation and offset. */
  id: string
}

/** Where an event's line stands: its id in two parts, for those who keep ids as numbers. */
export interface LinePlace {
  /** What the ids of all lines of a stream begin with; the offset follows. */
  stem: string
  /** Bytes. */
  offset: number
}

/** Where reading of one stream goes on. `mark` is private to the kind of source that wrote it. */
export interface Position {
  stream: string
  mark: string
}

/** Whole lines read from one stream, still bytes. */
export interface LineBatch {
  /** Name of the source, as people know it: a path, `stdin`. */
  readonly source: string
  /** Identity of the stream's contents: the same after a restart, another after rotation. */
  readonly generation: string
  /** The filter that the configuration pins to this source, or null: the line's prefix names the server. */
  readonly filter: string | null
  /** Lines of text, or HEP packets, one in the place of each line. */
  readonly form: 'text' | 'hep'
  readonly bytes: Buffer
  /** start, end, start, end … of each line in `bytes`, without its line end. */
  readonly spans: Uint32Array
  /** How many lines; spans may be longer than 2 × count. */
  readonly count: number
  /** Offset of bytes[0] in the stream; of a journal's record, which is a batch of its own, its number. */
  readonly offset: number
  readonly receivedAtMs: number
  /** Stored together with the effects of these lines. */
  readonly position: Position
  /** Lines that were cut because they were longer than the limit. */
  readonly cut: number
  /** Bytes of the stream not read yet when this batch was, 0 at its end. */
  readonly lagBytes: number
}

/** One counted line in a jail's window: enough to show it again, no text. */
export interface Hit {
  atMs: number
  /** Event id. */
  id: string
  /** What a `distinct:` jail counts; null otherwise. */
  value: string | null
}

export const TRUST_LEVELS = ['self', 'allowed', 'peer', 'phone', 'unknown'] as const
export type TrustLevel = (typeof TRUST_LEVELS)[number]

/** How an address is seen at the time of one of its events. */
export interface Standing {
  readonly level: TrustLevel
  /**
   * What its events count under: the IPv4 address; the IPv6 address's /64, or the single IPv6 address where its /64 holds somebody above
   * `unknown`.
   */
  readonly network: string
  /** Whether a counted event's user is one of the phones known at its address. */
  readonly own: boolean
}

/** A jail's window that is full. */
export interface Detection {
  jail: string
  /** Which window: 1 the jail's own, 2 that of its `then:`. */
  stage: 1 | 2
  /** The jail's key: an address, a /64 prefix, an endpoint of a phone's address, a user, or a combination, as `by:` says. */
  key: string
  /** What the window counted: an address (or its /64), or one endpoint of an address that phones are known at. */
  scope: 'address' | 'endpoint'
  /** What was swept over from a phone's address, proved: more users or endpoints than are allowed failed there; else null. */
  sweep: 'user' | 'port' | null
  /** Address of the event that filled it. */
  ip: string
  /** Source port of that event. */
  port: number | null
  transport: Transport | null
  /** `user@domain`, or what of it that event says. */
  user: string | null
  /** Time of the newest event in the window, epoch ms. */
  atMs: number
  /** How many events (or different values) filled it. */
  count: number
  hits: readonly Hit[]
  proved: boolean
}

/** On whose word: a log's unproved or proved evidence (DESIGN: proof), or a person's (or Fail2Ban's) request. */
export const EVIDENCE = ['unproved', 'proved', 'request'] as const
export type Evidence = (typeof EVIDENCE)[number]

/** What a ban covers. An endpoint is address + transport + port. */
export const BAN_SCOPES = ['address', 'prefix', 'endpoint'] as const
export type BanScope = (typeof BAN_SCOPES)[number]

export interface Ban {
  /** The address that decided it. */
  ip: string
  scope: BanScope
  /** `2001:db8::/64` for scope prefix, else null. */
  prefix: string | null
  port: number | null
  transport: Transport | null
  jail: string
  /** Epoch ms. */
  fromMs: number
  /** Epoch ms; null: for ever. */
  untilMs: number | null
  /** Which ban of this address this is, over all jails, from 1. */
  nth: number
  /** Events in the window that led to it; 0 for one a person entered. */
  count: number
  /** What the address was, and on what evidence, when it was decided. */
  level: TrustLevel
  evidence: Evidence
  /** Node that decided it. */
  node: string
}

export const SKIP_REASONS = ['self', 'allowed', 'peer', 'phone', 'already-banned', 'too-old', 'alert-only'] as const
export type SkipReason = (typeof SKIP_REASONS)[number]

/** What operators are told of: each kind once an hour for the same jail, address and user. */
export const ALERT_KINDS = [
  /** An `alertonly` jail's window is full. */
  'jail_full',
  /** A user succeeded from an address after so many failures there that the password may have been guessed. */
  'credential_suspect',
  /** One user is tried from many addresses. */
  'user_under_attack',
  /** A phone's user fails from where he succeeded before: most likely his password was changed. */
  'phone_old_password',
  /** Something at an address of phones fails: that endpoint is banned, if it can be told and is no phone's. */
  'phone_failing',
  /** An address of phones is banned whole: too many users or endpoints failed there, proved. */
  'phones_cut_off',
  /** A PBX, a dispatcher destination or a carrier fills a jail. */
  'peer_failing',
  /** A device registered that does not belong to that extension, or is not what it says. */
  'unauthorized_device',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

export interface Alert {
  kind: AlertKind
  /** Null where no jail has found it. */
  jail: string | null
  /** What it is about: the jail's key, or the address. */
  key: string
  ip: string
  port: number | null
  transport: Transport | null
  user: string | null
  /** Events in the window, or failures before the success. */
  count: number
  /** Users known as phones at the address, where any may be concerned. */
  phones: readonly string[]
  /** Epoch ms. */
  atMs: number
  /** The evidence in words, where the rest does not tell it. */
  detail?: string
}

export interface BanDecision {
  type: 'ban'
  ban: Ban
  detection: Detection
}

export interface SkipDecision {
  type: 'skip'
  ip: string
  jail: string
  why: SkipReason
  /** Which place of the trust table (decide/table.ts) decided; a ban carries them itself. */
  level: TrustLevel
  evidence: Evidence
  detection: Detection
}

export type Decision = BanDecision | SkipDecision | { type: 'alert'; alert: Alert }

/** The time now, epoch ms. */
export type Clock = () => number

/** What a jail's window holds of somebody now. */
export interface OpenWindow {
  readonly jail: string
  readonly stage: 1 | 2
  readonly key: string
  readonly sweep: Detection['sweep']
  /** The most hits (or different values) that any stretch of one findtime holds, up to the newest. */
  readonly count: number
  readonly maxretry: number
  readonly findtimeMs: number
  /** Its newest hits that lie within one findtime, the oldest first. */
  readonly hits: readonly Hit[]
  /** Whether it bans by itself when it is full: no first stage, no second one that waits for it, and not to be alerted of only. */
  readonly bans: boolean
  /** It does not fire: the address had a success, and the jail spares those. */
  readonly spared: boolean
}
