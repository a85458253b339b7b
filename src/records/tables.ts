import type { Generated, Kysely, Transaction } from 'kysely'

/** The tables as both databases have them (docs/records.md). Made by migrations.ts. */

/** A time as it goes in and comes out: `timestampOf`, `msOfTimestamp`. */
export type Timestamp = string

/** What failed_registrations, door_knock_attempts and other_attempts have in common. */
interface Attempts {
  id: Generated<number>
  event_id: string
  kind: string
  username: string | null
  /** Empty where it is not known, as in `location`: the two can be joined. */
  domain: string
  source_ip: string | null
  source_port: number | null
  transport: string | null
  user_agent: string | null
  method: string | null
  request_uri: string | null
  response_code: number | null
  attempt_time: Timestamp
  /** Seconds. */
  expires_header: number | null
  attempts: number
}

export interface Tables {
  failed_registrations: Attempts & { response_reason: string | null }
  door_knock_attempts: Attempts & { reason: string | null }
  other_attempts: Attempts & { reason: string | null }
  location: LocationTable
  bans: BansTable
  registered_phones: RegisteredPhonesTable
  phone_history: PhoneHistoryTable
  user_registration_status: StatusView
}

/** OpenSIPS's usrloc columns, and what they leave out. */
interface LocationTable {
  contact_id: Generated<number>
  username: string
  domain: string
  contact: string | null
  /** `ip:port` */
  received: string | null
  user_agent: string | null
  callid: string | null
  /** UNIX seconds. */
  expires: number
  /** Of the newest registration or unregistration. */
  last_modified: Timestamp
  /** What makes it one binding of its user: the contact, or where there is none `received`. */
  binding: string
  source_ip: string | null
  /** Of the newest registration; null where only its unregistration was seen. */
  registered_at: Timestamp | null
}

interface BansTable {
  id: Generated<number>
  ban_id: string
  ip: string
  scope: string
  prefix: string | null
  port: number | null
  transport: string | null
  jail: string
  banned_at: Timestamp
  /** Null: for ever. */
  banned_until: Timestamp | null
  lifted_at: Timestamp | null
  nth: number
  attempts: number
  level: string
  evidence: string
  node: string
}

interface RegisteredPhonesTable {
  id: Generated<number>
  /** 12 lower-case hexadecimal digits. */
  mac_address: string | null
  extension_number: string
  user_agent: string | null
  ip_address: string
  first_registered: Timestamp
  last_registered: Timestamp
  contact_uri: string | null
  /** `user:port` of the contact, empty where there is none: what tells apart phones without a MAC. */
  contact_key: string
  /** Seconds that it asked for. */
  expires: number
}

/** What a phone was until `changed_at`. */
interface PhoneHistoryTable {
  id: Generated<number>
  phone_id: number
  mac_address: string | null
  extension_number: string
  user_agent: string | null
  ip_address: string
  changed_at: Timestamp
}

/** Derived; never written. */
interface StatusView {
  username: string
  domain: string
  status: string
  registered_at: Timestamp | null
  last_failed_at: Timestamp | null
  last_response_code: number | null
  failures_24h: number
  contacts: number
}

export type DatabaseKind = 'sqlite' | 'postgres'
export type Database = Kysely<Tables>
export type Writing = Transaction<Tables>

export const ATTEMPT_TABLES = ['failed_registrations', 'door_knock_attempts', 'other_attempts'] as const
export type AttemptTable = (typeof ATTEMPT_TABLES)[number]

/** Characters that a column of text from outside takes, the same in every table; what is longer is cut (`cut`). */
export const WIDTHS = {
  id: 255,
  username: 64,
  domain: 255,
  ip: 50,
  user_agent: 255,
  method: 32,
  uri: 255,
  callid: 255,
  reason: 255,
  jail: 255,
  node: 64,
  extension: 20,
} as const
