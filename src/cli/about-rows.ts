import type { AddressJson, RecordedJson, UserReportJson } from '../api/records-wire.ts'
import type { Cell } from './csv.ts'

/** One thing that is known of an address or a user; what it has not is null. */
export interface KnownRow {
  readonly what: 'address' | 'user' | 'phone' | 'event' | 'ban' | 'registration' | 'device' | 'change'
  readonly at: Cell
  readonly until: Cell
  readonly kind: Cell
  readonly ip: Cell
  readonly user: Cell
  readonly domain: Cell
  readonly code: Cell
  readonly reason: Cell
  /** Attempts, or the number of a ban. */
  readonly number: Cell
  readonly mac: Cell
  readonly user_agent: Cell
  readonly contact: Cell
}

const NOTHING: Omit<KnownRow, 'what'> = {
  ...{ at: null, until: null, kind: null, ip: null, user: null, domain: null, code: null, reason: null },
  ...{ number: null, mac: null, user_agent: null, contact: null },
}
export const KNOWN_COLUMNS = ['what', ...(Object.keys(NOTHING) as Exclude<keyof KnownRow, 'what'>[])] as const

/** Everything known of an address as one list, for --csv. */
export function addressRows({ ip, level, nth, phones, bans, recorded }: AddressJson): KnownRow[] {
  return [
    { ...NOTHING, what: 'address', ip, kind: level, number: nth },
    ...phones.map((user): KnownRow => ({ ...NOTHING, what: 'phone', ip, user })),
    // The records have those in force too.
    ...(recorded === null ? bans.map(banRow) : []),
    ...recordedRows(recorded),
  ]
}

/** The same of a user. */
export function userRows({ user, domain, addresses, status, recorded }: UserReportJson): KnownRow[] {
  return [
    { ...NOTHING, what: 'user', user, domain, kind: status?.status ?? null, at: status?.registered_at ?? null },
    ...addresses.map((ip): KnownRow => ({ ...NOTHING, what: 'phone', ip, user, domain })),
    ...recordedRows(recorded),
  ]
}

function recordedRows(recorded: RecordedJson | null): KnownRow[] {
  if (recorded === null) return []
  return [
    ...recorded.events.map(
      ({ at, kind, ip, user, domain, code, reason, attempts, user_agent }): KnownRow => ({
        ...NOTHING,
        ...{ what: 'event', at, kind, ip, user, domain, code, reason, number: attempts, user_agent },
      }),
    ),
    ...recorded.bans.map((ban) => ({ ...banRow(ban), until: ban.lifted_at ?? ban.until })),
    ...recorded.registrations.map(
      ({ last_modified, expires, received, user, domain, user_agent, contact }): KnownRow => ({
        ...NOTHING,
        ...{ what: 'registration', at: last_modified, until: expires, ip: received, user, domain, user_agent, contact },
      }),
    ),
    ...recorded.devices.map(
      ({ last_registered, status, ip_address, extension_number, mac_address, user_agent, contact_uri }): KnownRow => ({
        ...NOTHING,
        ...{ what: 'device', at: last_registered, kind: status, ip: ip_address, user: extension_number, mac: mac_address },
        ...{ user_agent, contact: contact_uri },
      }),
    ),
    ...recorded.changes.map(
      ({ at, ip_address, extension_number, mac_address, user_agent }): KnownRow => ({
        ...NOTHING,
        ...{ what: 'change', until: at, ip: ip_address, user: extension_number, mac: mac_address, user_agent },
      }),
    ),
  ]
}

function banRow({ at, until, jail, prefix, ip, nth }: RecordedJson['bans'][number] | AddressJson['bans'][number]): KnownRow {
  return { ...NOTHING, what: 'ban', at, until, kind: jail, ip: prefix ?? ip, number: nth }
}
