import { z } from 'zod'
import { type BanRow, type EventRow, type LocationRow, type PhoneChange, USER_STATUSES, type UserRow } from '../records/types.ts'
import { banJson } from '../report.ts'
import { EVENT_KINDS, TRANSPORTS, TRUST_LEVELS } from '../types.ts'
import type { AddressReport, PhoneReport, Place, RecordedReport, UserReport } from './control.ts'
import { time, type Wire } from './schema.ts'
import { allowAnswer, allowJson, type BanJson, banAnswer } from './wire.ts'

/** What is recorded, as it travels; names are a contract (docs/api.md). */

const text = z.string().nullable()

export const placeAnswer = z.object({
  country: text,
  /** Autonomous system. */
  asn: z.int().nullable(),
  as_name: text,
})
export type PlaceJson = Wire<typeof placeAnswer>

/** A ban, and where its address is. */
export const placedBanAnswer = z.object({ ...banAnswer.shape, ...placeAnswer.shape })
export type PlacedBanJson = Wire<typeof placedBanAnswer>

/** A row of registered_phones under its own names, and what is known beyond it. */
export const phoneAnswer = z.object({
  id: z.int(),
  mac_address: text,
  extension_number: z.string(),
  user_agent: text,
  ip_address: z.string(),
  first_registered: time,
  last_registered: time,
  contact_uri: text,
  vendor: text,
  model: text,
  firmware: text,
  status: z.enum(['registered', 'expired']),
  stale: z.boolean(),
  flapping: z.boolean(),
  ...placeAnswer.shape,
})
export type PhoneJson = Wire<typeof phoneAnswer>

export const eventAnswer = z.object({
  id: z.string(),
  kind: z.enum(EVENT_KINDS),
  at: time,
  ip: text,
  port: z.int().nullable(),
  transport: z.enum(TRANSPORTS).nullable(),
  user: text,
  domain: text,
  user_agent: text,
  method: text,
  code: z.int().nullable(),
  reason: text,
  expires: z.int().nullable(),
  request_uri: text,
  attempts: z.int(),
})
export type EventJson = Wire<typeof eventAnswer>

export const userAnswer = z.object({
  user: z.string(),
  domain: z.string(),
  status: z.enum(USER_STATUSES),
  registered_at: time.nullable(),
  last_failed_at: time.nullable(),
  last_response_code: z.int().nullable(),
  failures_24h: z.int(),
  contacts: z.int(),
})
export type UserJson = Wire<typeof userAnswer>

const registrationAnswer = z.object({
  user: z.string(),
  domain: z.string(),
  contact: text,
  received: text,
  user_agent: text,
  call_id: text,
  expires: time,
  last_modified: time,
})
export type RegistrationJson = Wire<typeof registrationAnswer>

const pastBanAnswer = z.object({
  ...banAnswer.shape,
  /** When somebody lifted it before its time; null: nobody has. */
  lifted_at: time.nullable(),
})
export type PastBanJson = Wire<typeof pastBanAnswer>

/** What a phone was until `at`. */
const changeAnswer = z.object({
  phone_id: z.int(),
  at: time,
  mac_address: text,
  extension_number: z.string(),
  user_agent: text,
  ip_address: z.string(),
})
export type ChangeJson = Wire<typeof changeAnswer>

const recordedAnswer = z.object({
  events: z.array(eventAnswer),
  bans: z.array(pastBanAnswer),
  registrations: z.array(registrationAnswer),
  devices: z.array(phoneAnswer),
  changes: z.array(changeAnswer),
})
export type RecordedJson = Wire<typeof recordedAnswer>

const withRecords = z.object({
  recorded: recordedAnswer.nullable(),
  /** Why there are no records; null where they are. */
  records_trouble: text,
})
type WithRecords = Wire<typeof withRecords>

export const addressAnswer = z.object({
  ip: z.string(),
  level: z.enum(TRUST_LEVELS),
  ...placeAnswer.shape,
  bans: z.array(banAnswer),
  nth: z.int(),
  allowed: z.boolean(),
  /** Of the allow list; null with `allowed`: it is in `ignoreip`. */
  allow: allowAnswer.nullable(),
  phones: z.array(z.string()),
  ...withRecords.shape,
})
export type AddressJson = Wire<typeof addressAnswer>

export const userReportAnswer = z.object({
  user: z.string(),
  domain: text,
  status: userAnswer.nullable(),
  addresses: z.array(z.string()),
  ...withRecords.shape,
})
export type UserReportJson = Wire<typeof userReportAnswer>

const iso = (ms: number): string => new Date(ms).toISOString()
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms))

export const placeJson = ({ country, asn }: Place): PlaceJson => ({ country, asn: asn?.number ?? null, as_name: asn?.name ?? null })

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
