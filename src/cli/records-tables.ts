import type { EventJson, PhoneJson, PlaceJson, UserJson } from '../api/records-wire.ts'
import { stamp } from '../report.ts'
import { formatNumber } from './number.ts'
import { type Column, formatTable, right, whole } from './table.ts'

/** Lists of what is recorded, for people. */

const when = (iso: string | null): string => (iso === null ? '' : stamp(Date.parse(iso)))

export function formatPhones(phones: readonly PhoneJson[]): string {
  return formatTable(
    [whole('extension'), whole('mac'), whole('address'), 'status', 'device', 'where', 'last registered'],
    phones.map((phone) => [
      ...[phone.extension_number, spelledMac(phone.mac_address), phone.ip_address, health(phone), device(phone), formatPlace(phone)],
      when(phone.last_registered),
    ]),
  )
}

interface FirmwareRow {
  readonly vendor: string
  readonly model: string
  readonly firmware: string
  readonly phones: number
}

export function formatFirmware(rows: readonly FirmwareRow[]): string {
  return formatTable(
    ['vendor', 'model', 'firmware', right('phones')],
    rows.map(({ vendor, model, firmware, phones }) => [vendor, model, firmware, formatNumber(phones)]),
  )
}

export function formatUsers(users: readonly UserJson[]): string {
  const columns: Column[] = [
    whole('user'),
    'domain',
    whole('status'),
    'registered',
    'last failed',
    right('code'),
    right('failures 24h'),
    right('contacts'),
  ]
  return formatTable(
    columns,
    users.map((user) => [
      ...[user.user, user.domain, user.status, when(user.registered_at), when(user.last_failed_at)],
      ...[String(user.last_response_code ?? ''), formatNumber(user.failures_24h), formatNumber(user.contacts)],
    ]),
  )
}

export function formatEvents(events: readonly EventJson[]): string {
  return formatTable(
    [whole('time'), 'kind', whole('address'), 'user', 'what', right('times'), 'user agent'],
    events.map((event) => [
      ...[when(event.at), event.kind, endpoint(event), addressOfRecord(event)],
      ...[[event.method, event.code, event.reason].filter((part) => part !== null).join(' '), formatNumber(event.attempts)],
      event.user_agent ?? '',
    ]),
  )
}

/** `DE, AS64496 Example Net`; empty where nothing is known. */
export function formatPlace({ country, asn, as_name }: PlaceJson): string {
  const system = asn === null ? null : `AS${asn}${as_name === null ? '' : ` ${as_name}`}`
  return [country, system].filter((part) => part !== null).join(', ')
}

/** `1001@example.com`, `@example.com` where only the domain is known. */
export const addressOfRecord = ({ user, domain }: { user: string | null; domain: string | null }): string =>
  `${user ?? ''}${domain ? `@${domain}` : ''}`

const endpoint = ({ ip, port, transport }: EventJson): string =>
  ip === null ? '' : `${ip}${port === null ? '' : ` port ${port}`}${transport === null ? '' : `/${transport}`}`

const spelledMac = (mac: string | null): string => mac?.replace(/(..)(?=.)/g, '$1:') ?? ''

const health = ({ status, stale, flapping }: PhoneJson): string =>
  [status, ...(stale ? ['stale'] : []), ...(flapping ? ['flapping'] : [])].join(', ')

const device = ({ vendor, model, firmware, user_agent }: PhoneJson): string =>
  [vendor, model, firmware].filter((part) => part !== null).join(' ') || (user_agent ?? '')
