import type { BanRow, EventRow, LocationRow, PhoneChange, UserRow, UserStatus } from '../records/types.ts'
import { banJson } from '../report.ts'
import type { EventKind, Transport, TrustLevel } from '../types.ts'
import type { AddressReport, PhoneReport, Place, RecordedReport, UserReport } from './control.ts'
import { type AllowJson, allowJson, type BanJson } from './wire.ts'

/** What is recorded, as it travels; names are a contract (docs/api.md). Times are ISO 8601 in UTC. */

export interface PlaceJson {
  readonly country: string | null
  /** Autonomous system. */
  readonly asn: number | null
  readonly as_name: string | null
}

/** A row of registered_phones under its own names, and what is known beyond it. */
export interface PhoneJson extends PlaceJson {
  readonly id: number
  readonly mac_address: string | null
  readonly extension_number: string
  readonly user_agent: string | null
  readonly ip_address: string
  readonly first_registered: string
  readonly last_registered: string
  readonly contact_uri: string | null
  readonly vendor: string | null
  readonly model: string | null
  readonly firmware: string | null
  readonly status: 'registered' | 'expired'
  readonly stale: boolean
  readonly flapping: boolean
}

export interface EventJson {
  readonly id: string
  readonly kind: EventKind
  readonly at: string
  readonly ip: string | null
  readonly port: number | null
  readonly transport: Transport | null
  readonly user: string | null
  readonly domain: string | null
  readonly user_agent: string | null
  readonly method: string | null
  readonly code: number | null
  readonly reason: string | null
  readonly expires: number | null
  readonly request_uri: string | null
  readonly attempts: number
}

export interface UserJson {
  readonly user: string
  readonly domain: string
  readonly status: UserStatus
  readonly registered_at: string | null
  readonly last_failed_at: string | null
  readonly last_response_code: number | null
  readonly failures_24h: number
  readonly contacts: number
}

export interface RegistrationJson {
  readonly user: string
  readonly domain: string
  readonly contact: string | null
  readonly received: string | null
  readonly user_agent: string | null
  readonly call_id: string | null
  readonly expires: string
  readonly last_modified: string
}

export interface PastBanJson extends BanJson {
  /** When somebody lifted it before its time; null: nobody has. */
  readonly lifted_at: string | null
}

/** What a phone was until `at`. */
export interface ChangeJson {
  readonly phone_id: number
  readonly at: string
  readonly mac_address: string | null
  readonly extension_number: string
  readonly user_agent: string | null
  readonly ip_address: string
}

export interface RecordedJson {
  readonly events: readonly EventJson[]
  readonly bans: readonly PastBanJson[]
  readonly registrations: readonly RegistrationJson[]
  readonly devices: readonly PhoneJson[]
  readonly changes: readonly ChangeJson[]
}

interface WithRecords {
  readonly recorded: RecordedJson | null
  /** Why there are no records; null where they are. */
  readonly records_trouble: string | null
}

export interface AddressJson extends PlaceJson, WithRecords {
  readonly ip: string
  readonly level: TrustLevel
  readonly bans: readonly BanJson[]
  readonly nth: number
  readonly allowed: boolean
  /** Of the allow list; null with `allowed`: it is in `ignoreip`. */
  readonly allow: AllowJson | null
  readonly phones: readonly string[]
}

export interface UserReportJson extends WithRecords {
  readonly user: string
  readonly domain: string | null
  readonly addresses: readonly string[]
  readonly status: UserJson | null
}

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

const placeJson = ({ country, asn }: Place): PlaceJson => ({ country, asn: asn?.number ?? null, as_name: asn?.name ?? null })

export function phoneJson(report: PhoneReport): PhoneJson {
  const { phone, vendor, model, firmware, status, stale, flapping } = report
  return {
    id: phone.id,
    mac_address: phone.mac,
    extension_number: phone.extension,
    user_agent: phone.userAgent,
    ip_address: phone.ip,
    first_registered: iso(phone.firstRegisteredMs),
    last_registered: iso(phone.lastRegisteredMs),
    contact_uri: phone.contactUri,
    ...{ vendor, model, firmware, status, stale, flapping },
    ...placeJson(report),
  }
}

export function eventRowJson(row: EventRow): EventJson {
  const { id, kind, ip, port, transport, user, domain, method, code, reason, expires, attempts } = row
  return {
    ...{ id, kind, at: iso(row.atMs), ip, port, transport, user, domain, user_agent: row.userAgent },
    ...{ method, code, reason, expires, request_uri: row.requestUri, attempts },
  }
}

export function userJson({ user, domain, status, failures24h, contacts, ...row }: UserRow): UserJson {
  return {
    ...{ user, domain, status },
    registered_at: isoOrNull(row.registeredAtMs),
    last_failed_at: isoOrNull(row.lastFailedAtMs),
    last_response_code: row.lastResponseCode,
    ...{ failures_24h: failures24h, contacts },
  }
}

function registrationJson(row: LocationRow): RegistrationJson {
  const { user, domain, contact, received } = row
  return {
    ...{ user, domain, contact, received, user_agent: row.userAgent, call_id: row.callId },
    expires: iso(row.expiresAtMs),
    last_modified: iso(row.lastModifiedMs),
  }
}

const pastBanJson = ({ ban, liftedAtMs }: BanRow): PastBanJson => ({ ...banJson(ban), lifted_at: isoOrNull(liftedAtMs) }) as PastBanJson

function changeJson({ phoneId, atMs, mac, extension, userAgent, ip }: PhoneChange): ChangeJson {
  return { phone_id: phoneId, at: iso(atMs), mac_address: mac, extension_number: extension, user_agent: userAgent, ip_address: ip }
}

function recordedJson(recorded: RecordedReport | null, trouble: string | null): WithRecords {
  if (recorded === null) return { recorded: null, records_trouble: trouble ?? 'the records cannot be read' }
  return {
    recorded: {
      events: recorded.events.map(eventRowJson),
      bans: recorded.bans.map(pastBanJson),
      registrations: recorded.registrations.map(registrationJson),
      devices: recorded.devices.map(phoneJson),
      changes: recorded.changes.map(changeJson),
    },
    records_trouble: null,
  }
}

/** `trouble`: why there are no records, where there are none. */
export function addressJson(report: AddressReport, trouble: string | null): AddressJson {
  const { ip, level, bans, nth, allowed, phones } = report
  return {
    ...{ ip, level, ...placeJson(report), bans: bans.map((ban) => banJson(ban) as unknown as BanJson), nth },
    allowed: level === 'allowed' || allowed !== null,
    allow: allowed === null ? null : allowJson(allowed),
    phones,
    ...recordedJson(report.recorded, trouble),
  }
}

export function userReportJson({ user, domain, addresses, status, recorded }: UserReport, trouble: string | null): UserReportJson {
  return { user, domain, status: status === null ? null : userJson(status), addresses, ...recordedJson(recorded, trouble) }
}
