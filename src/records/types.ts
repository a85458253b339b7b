import type { FormerPhone, Phone } from '../phone.ts'
import type { Alert, Ban, EventKind, KnockReason, Transport } from '../types.ts'

/** What is written down, what can be asked, and the interface of every database (docs/records.md). */

/** A refused request, or several of one address that are only counted. */
export interface AttemptEntry {
  readonly type: 'attempt'
  /** Event id; of a counted row an id of its own. Writing an id again changes nothing but a counted row's `attempts`, which only grow. */
  readonly id: string
  readonly kind: Exclude<EventKind, 'auth_challenge' | 'auth_success' | 'request' | 'registration' | 'unregistration'>
  /** Epoch ms; of a counted row the newest of them. */
  readonly atMs: number
  /** Null where the line names no trustworthy source. */
  readonly ip: string | null
  readonly port: number | null
  readonly transport: Transport | null
  readonly user: string | null
  readonly domain: string | null
  readonly userAgent: string | null
  readonly method: string | null
  readonly code: number | null
  /** Reason phrase, or one of KNOCK_REASONS for a door knock. */
  readonly reason: KnockReason | string | null
  /** Seconds. */
  readonly expires: number | null
  readonly requestUri: string | null
  /** 1; more for a row that stands for several, whose user, port, agent … are null then. */
  readonly attempts: number
}

/** A contact that was bound to an address of record, or (`expires` 0) is no longer. */
export interface RegistrationEntry {
  readonly type: 'registration'
  readonly id: string
  readonly atMs: number
  readonly ip: string | null
  readonly port: number | null
  readonly transport: Transport | null
  readonly user: string
  /** Empty where the line does not say. */
  readonly domain: string
  /** As the line has it: an addr-spec or a whole Contact value; `*` and null with `expires` 0: all of them from there. */
  readonly contact: string | null
  readonly userAgent: string | null
  readonly callId: string | null
  /** Seconds; null: not said. */
  readonly expires: number | null
}

export interface BanEntry {
  readonly type: 'ban'
  /** `idOfBan`. */
  readonly id: string
  readonly ban: Ban
}

/** A ban that was lifted before its time. */
export interface LiftEntry {
  readonly type: 'lift'
  readonly id: string
  readonly atMs: number
}

export type RecordEntry = AttemptEntry | RegistrationEntry | BanEntry | LiftEntry

/** The same ban has the same id on every node. */
export function idOfBan({ node, ip, scope, port, transport, fromMs }: Ban): string {
  return [node, ip, scope, port ?? '', transport ?? '', fromMs].join(' ')
}

/** Newest first; those given must all hold. */
export interface EventQuery {
  readonly kind?: EventKind
  readonly ip?: string
  readonly user?: string
  readonly domain?: string
  readonly sinceMs?: number
  /** Only what comes behind this row in the order of the answer: the last row's `cursor`. */
  readonly after?: string
  readonly limit: number
}

/** A row of failed_registrations, door_knock_attempts or other_attempts. */
export interface EventRow extends Omit<AttemptEntry, 'type'> {
  readonly cursor: string
}

export const USER_STATUSES = ['registered', 'failed', 'expired', 'unknown'] as const
export type UserStatus = (typeof USER_STATUSES)[number]

export interface UserQuery {
  readonly user?: string
  readonly domain?: string
  readonly status?: UserStatus
  readonly limit: number
}

/** A row of user_registration_status. */
export interface UserRow {
  readonly user: string
  readonly domain: string
  readonly status: UserStatus
  /** Epoch ms. */
  readonly registeredAtMs: number | null
  readonly lastFailedAtMs: number | null
  readonly lastResponseCode: number | null
  readonly failures24h: number
  /** Unexpired ones. */
  readonly contacts: number
}

/** A row of location. */
export interface LocationRow {
  readonly user: string
  readonly domain: string
  readonly contact: string | null
  /** `ip:port`, as the packet came. */
  readonly received: string | null
  readonly userAgent: string | null
  readonly callId: string | null
  readonly expiresAtMs: number
  readonly lastModifiedMs: number
}

/** A row of bans. */
export interface BanRow {
  readonly ban: Ban
  readonly liftedAtMs: number | null
}

/** A row of registered_phones. */
export type PhoneRecord = Omit<Phone, 'contactKey'>

/** All that are given must hold; none given: all phones. Any spelling of a MAC. */
export interface PhoneQuery {
  readonly mac?: string
  readonly ip?: string
  readonly extension?: string
}

/** A row of phone_history. */
export type PhoneChange = FormerPhone

/** What a registration says of devices that is worth an alert, with the evidence in words. */
export type Suspicion = Pick<Alert, 'kind' | 'ip' | 'port' | 'transport' | 'user' | 'atMs'> & { readonly detail: string }

/**
 * The records (DESIGN.md section 7), on any database. One contract suite runs over all of them.
 * @throws SipguardError RECORDS_UNAVAILABLE (each method rejects with it) when the database cannot be reached or written
 */
export interface Records {
  /** All or nothing, idempotent; in this order. Text that is too long is cut, what a database cannot hold is left out of it. */
  write(entries: readonly RecordEntry[]): Promise<readonly Suspicion[]>
  events(query: EventQuery): Promise<readonly EventRow[]>
  users(query: UserQuery): Promise<readonly UserRow[]>
  /** Bindings of one user, or those that came from one address; expired ones too, newest first. */
  locations(of: { readonly user: string; readonly domain: string } | { readonly ip: string }): Promise<readonly LocationRow[]>
  /** All bans that one address ever had, newest first. */
  bans(query: { readonly ip: string; readonly limit: number }): Promise<readonly BanRow[]>
  /** Newest `lastRegistered` first. */
  phones(query: PhoneQuery): Promise<readonly PhoneRecord[]>
  phoneHistory(phoneIds: readonly number[]): Promise<readonly PhoneChange[]>
  /** How many rows of this MAC have moved. @throws SipguardError MAC_INVALID */
  movePhone(mac: string, extension: string, atMs: number): Promise<number>
  /** How many were removed: those not registered since then, or those without a MAC. */
  prunePhones(which: { readonly beforeMs: number } | { readonly incomplete: true }): Promise<number>
  /** Removes what is older, but for phones. How many rows. */
  purge(beforeMs: number): Promise<number>
  close(): Promise<void>
}
