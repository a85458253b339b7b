import type { AddressReport, PhoneReport, UserReport } from '../../src/api/control.ts'
import type { EventRow, UserRow } from '../../src/records/types.ts'
import { AT, aBan } from './fake-control.ts'

/** Controls, an escape sequence, a turned line, a formula, a quote and HTML. */
export const HOSTILE = '=cmd|"/c",\x1b[2J\r\n\u202e<script>'

export function anEventRow(fields: Partial<EventRow> = {}): EventRow {
  return {
    ...{ id: 'n1 1', kind: 'failed_registration', atMs: AT, ip: '192.0.2.7', port: 5060, transport: 'udp', user: '1001' },
    ...{ domain: 'example.com', userAgent: 'friendly-scanner', method: 'REGISTER', code: 403, reason: 'Forbidden', expires: 3600 },
    ...{ requestUri: null, attempts: 1, cursor: 'c/1' },
    ...fields,
  }
}

export function aUserRow(fields: Partial<UserRow> = {}): UserRow {
  return {
    ...{ user: '1001', domain: 'example.com', status: 'registered', registeredAtMs: AT, lastFailedAtMs: null },
    ...{ lastResponseCode: null, failures24h: 0, contacts: 1 },
    ...fields,
  }
}

export function aPhone(fields: Partial<PhoneReport['phone']> = {}, beyond: Partial<PhoneReport> = {}): PhoneReport {
  return {
    phone: {
      ...{ id: 1, mac: '001565123456', extension: '1001', userAgent: 'Yealink SIP-T46S 66.85.0.5', ip: '192.0.2.7' },
      ...{ firstRegisteredMs: AT - 864e5, lastRegisteredMs: AT, contactUri: 'sip:1001@192.0.2.7:5060' },
      expires: 3600,
      ...fields,
    },
    ...{ vendor: 'Yealink', model: 'SIP-T46S', firmware: '66.85.0.5', status: 'registered', stale: false, flapping: false },
    ...{ country: 'DE', asn: { number: 64496, name: 'Example Net' } },
    ...beyond,
  }
}

export function anAddressReport(fields: Partial<AddressReport> = {}): AddressReport {
  return {
    ...{ ip: '192.0.2.7', level: 'unknown', allowed: null, bans: [], nth: 0, phones: [], country: null, asn: null },
    recorded: { events: [], bans: [], registrations: [], devices: [], changes: [] },
    ...fields,
  }
}

export function aUserReport(fields: Partial<UserReport> = {}): UserReport {
  return { user: '1001', domain: 'example.com', addresses: [], status: null, recorded: null, ...fields }
}

/** Something of everything that is recorded. */
export const everythingRecorded = (): NonNullable<AddressReport['recorded']> => ({
  events: [anEventRow(), anEventRow({ kind: 'door_knock', reason: 'domain_not_found', user: null, code: null, attempts: 12 })],
  bans: [{ ban: aBan({ nth: 2 }), liftedAtMs: AT + 6e4 }],
  registrations: [
    {
      ...{ user: '1001', domain: 'example.com', contact: 'sip:1001@192.0.2.7:5060', received: '192.0.2.7:5060', userAgent: 'Yealink' },
      ...{ callId: 'c1', expiresAtMs: AT + 36e5, lastModifiedMs: AT },
    },
  ],
  devices: [aPhone()],
  changes: [{ phoneId: 1, atMs: AT, mac: '001565123456', extension: '1002', userAgent: null, ip: '192.0.2.9' }],
})
