import type { AddressJson, EventJson, PhoneJson, RecordedJson, UserJson, UserReportJson } from '../../src/api/records-wire.ts'
import type { FilterJson } from '../../src/api/rules-wire.ts'
import type { LineJson, LinePlaceJson, TriedJson, WhyJson, WhyNotJson } from '../../src/api/why-wire.ts'
import type { BanJson } from '../../src/api/wire.ts'
import { PREFIXES } from '../../src/config/types.ts'
import { ALL_HOSTILE } from './browser.ts'
import type { Answers } from './fake-server.ts'

/** What a daemon would answer of addresses, users, phones and lines; as the contract of the API has it. */

const MINUTE = 6e4
const HOUR = 36e5
const DAY = 864e5

/** Seconds are cut off so that pictures of the same minute are alike. */
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE
const ago = (ms: number): string => new Date(NOW - ms).toISOString()

export const ATTACKER = '203.0.113.66'
export const OFFICE = '198.51.100.20'

function event(id: number, msAgo: number, fields: Partial<EventJson> = {}): EventJson {
  return {
    ...{ id: `n1 ${id}`, kind: 'failed_registration', at: ago(msAgo), ip: ATTACKER, port: 5071, transport: 'udp', user: '1001' },
    ...{ domain: 'example.com', user_agent: 'friendly-scanner', method: 'REGISTER', code: 403, reason: 'Forbidden', expires: 3600 },
    ...{ request_uri: 'sip:example.com', attempts: 1 },
    ...fields,
  }
}

export function phone(id: number, fields: Partial<PhoneJson> = {}): PhoneJson {
  return {
    ...{
      id,
      mac_address: `0015651234${(50 + id).toString(16)}`,
      extension_number: String(1000 + id),
      user_agent: 'Yealink SIP-T46S 66.85.0.5',
    },
    ...{ ip_address: OFFICE, first_registered: ago(90 * DAY), last_registered: ago(id * 11 * MINUTE) },
    ...{ contact_uri: `sip:${1000 + id}@192.168.1.${10 + id}:5060`, vendor: 'Yealink', model: 'SIP-T46S', firmware: '66.85.0.5' },
    ...{ status: 'registered', stale: false, flapping: false, country: 'DE', asn: 64496, as_name: 'Example Net' },
    ...fields,
  }
}

const ban: BanJson = {
  ...{ ip: ATTACKER, scope: 'address', prefix: null, port: null, transport: null, jail: 'sip-auth', at: ago(9 * MINUTE) },
  ...{ until: ago(-51 * MINUTE), nth: 2, count: 10, level: 'unknown', evidence: 'unproved', node: '704b7655e9eb' },
}

const attackersRecords: RecordedJson = {
  events: [
    ...Array.from({ length: 10 }, (_, i) => event(i, 9 * MINUTE + i * 14e3, { user: String(1001 + (i % 4)) })),
    event(20, 22 * MINUTE, { kind: 'door_knock', user: null, code: null, reason: 'scanner_detected', method: 'OPTIONS', attempts: 212 }),
  ],
  bans: [
    { ...ban, lifted_at: null },
    { ...ban, at: ago(3 * DAY), until: ago(3 * DAY - HOUR), nth: 1, lifted_at: ago(3 * DAY - 20 * MINUTE) },
  ],
  registrations: [],
  devices: [],
  changes: [],
}

export const attacker: AddressJson = {
  ...{ ip: ATTACKER, level: 'unknown', country: 'NL', asn: 64511, as_name: 'Example Hosting', bans: [ban], nth: 2 },
  ...{ allowed: false, allow: null, phones: [], recorded: attackersRecords, records_trouble: null },
}

export const office: AddressJson = {
  ...{ ip: OFFICE, level: 'phone', country: 'DE', asn: 64496, as_name: 'Example Net', bans: [], nth: 0, allowed: true },
  allow: { cidr: '198.51.100.0/24', until: null, added: ago(40 * DAY), comment: 'the office' },
  phones: ['1001@example.com', '1002@example.com', '1003@example.com'],
  recorded: {
    events: [event(30, 2 * HOUR, { ip: OFFICE, user: '1003', user_agent: 'Yealink SIP-T46S 66.85.0.5', reason: 'Forbidden' })],
    bans: [],
    registrations: [1, 2, 3].map((n) => ({
      ...{ user: `100${n}`, domain: 'example.com', contact: `sip:100${n}@192.168.1.1${n}:5060`, received: `${OFFICE}:${5060 + n}` },
      ...{
        user_agent: 'Yealink SIP-T46S 66.85.0.5',
        call_id: `c${n}@192.168.1.1${n}`,
        expires: ago(-40 * MINUTE),
        last_modified: ago(n * 11 * MINUTE),
      },
    })),
    devices: [phone(1), phone(2), phone(3, { mac_address: null, flapping: true })],
    changes: [
      { phone_id: 2, at: ago(5 * DAY), mac_address: '001565123434', extension_number: '1002', user_agent: null, ip_address: '192.0.2.44' },
    ],
  },
  records_trouble: null,
}

const offsetOf = (i: number) => 48211 + i * 131
const placeOf = (i: number): LinePlaceJson => ({
  ...{ id: `n1 7f3a ${offsetOf(i)}`, at: ago(9 * MINUTE + (9 - i) * 14e3), source: '/var/log/opensips/opensips.log', offset: offsetOf(i) },
})
const lineOf = (i: number, fields: Partial<LineJson> = {}): LineJson => ({
  ...placeOf(i),
  text: `Jan 15 10:${20 + i}:45 sbc1 opensips[812]: REGISTER: Failed registration logged to database - 100${1 + (i % 4)}@example.com from ${ATTACKER}:5071, response 403 Forbidden`,
  ...{ kind: 'failed_registration', rule: 'opensips/failed-registration', user: `100${1 + (i % 4)}@example.com` },
  ...fields,
})

export const whyAttacker: WhyJson = {
  ...{ ip: ATTACKER, verdict: 'banned', level: 'unknown', config_version: '9f31c07a44de' },
  bans: [
    {
      ...{ ...ban, lifted_at: null, lifted_by: null, config_version: '9f31c07a44de', armed_by: [] },
      window: { jail: 'sip-auth', key: ATTACKER, maxretry: 10, findtime: '5m', bantime: '1h' },
      lines: Array.from({ length: 10 }, (_, i) => lineOf(i, i === 3 ? { text: null } : {})),
      firewall: { backend: 'nftables', verified: true, packets: 1834 },
    },
  ],
  windows: [{ jail: 'sip-enum', key: ATTACKER, count: 4, maxretry: 10, findtime: '10m', lines: [7, 8, 9].map(placeOf) }],
  not_counted: [
    {
      why: 'shadow',
      count: 10,
      lines: [lineOf(9, { id: 'n1 s', rule: 'opensips/door-knock-blocked', text: `opensips[812]: Door-knock blocked: ${ATTACKER}` })],
    },
    { why: 'challenge', count: 31, lines: [lineOf(8, { id: 'n1 c', kind: 'auth_challenge', rule: 'opensips/challenge', user: null })] },
  ],
}

export const whyOffice: WhyJson = {
  ...{ ip: OFFICE, verdict: 'not-banned', level: 'phone', config_version: '9f31c07a44de', bans: [], windows: [] },
  not_counted: [{ why: 'allowed', count: 3, lines: [lineOf(2, { id: 'n1 a', user: '1003@example.com' })] }],
}

export const whyNotOffice: WhyNotJson = {
  ...{ ip: OFFICE, banned: false, cause: 'allowed' },
  text: '198.51.100.20 is allowed by the entry 198.51.100.0/24 (the office): its failures are counted in the statistics only.',
  remedy: 'sipguard allow rm 198.51.100.0/24',
}

const userRow = (user: string, fields: Partial<UserJson> = {}): UserJson => ({
  ...{ user, domain: 'example.com', status: 'registered', registered_at: ago(12 * MINUTE), last_failed_at: null },
  ...{ last_response_code: null, failures_24h: 0, contacts: 1 },
  ...fields,
})

export const users: readonly UserJson[] = [
  userRow('1001', { last_failed_at: ago(9 * MINUTE), last_response_code: 403, failures_24h: 31 }),
  userRow('1002'),
  userRow('1003', { contacts: 2 }),
  userRow('1004', { status: 'expired', registered_at: ago(2 * DAY), contacts: 0 }),
  userRow('admin', {
    ...{ status: 'failed', registered_at: null, contacts: 0 },
    last_failed_at: ago(3 * MINUTE),
    last_response_code: 404,
    failures_24h: 812,
  }),
  userRow('1009', { status: 'unknown', registered_at: null, contacts: 0 }),
]

export const user1001: UserReportJson = {
  ...{ user: '1001', domain: 'example.com', status: users[0]!, addresses: [OFFICE, '2001:db8::17'] },
  recorded: {
    events: Array.from({ length: 31 }, (_, i) => event(100 + i, 9 * MINUTE + i * i * MINUTE, { ip: i % 3 ? ATTACKER : '192.0.2.9' })),
    bans: [],
    registrations: [office.recorded!.registrations[0]!],
    devices: [office.recorded!.devices[0]!],
    changes: [
      { phone_id: 1, at: ago(5 * DAY), mac_address: '001565123433', extension_number: '1001', user_agent: null, ip_address: '192.0.2.44' },
    ],
  },
  records_trouble: null,
}

export const phones: readonly PhoneJson[] = [
  phone(1),
  phone(2, { user_agent: 'Yealink SIP-T46S 66.86.0.15', firmware: '66.86.0.15' }),
  phone(3, { mac_address: null, flapping: true }),
  phone(4, {
    ...{ user_agent: 'snomD735/10.1.54.13', vendor: 'Snom', model: 'D735', firmware: '10.1.54.13', mac_address: '000413a1b2c3' },
    ...{ status: 'expired', stale: true, last_registered: ago(2 * DAY), ip_address: '192.0.2.44' },
  }),
  phone(5, {
    ...{ user_agent: null, vendor: null, model: null, firmware: null, contact_uri: null },
    country: null,
    asn: null,
    as_name: null,
  }),
]

const rule: FilterJson['rules'][number] = {
  ...{ id: 'failed-registration', kind: 'failed_registration', failregex: '^Failed <ADDR>$' },
  ...{ counted: true, shadow: false, verdict: 'proved' },
}
export const filters: readonly FilterJson[] = PREFIXES.map((name) => ({ name, prefix: name, rules: [rule] }))

const TRIED = `opensips[812]: REGISTER: Failed registration logged to database - 1001@example.com from ${ATTACKER}:5071, response 403 Forbidden`
const span = (name: string, text: string) => ({ name, start: TRIED.indexOf(text), end: TRIED.indexOf(text) + text.length })

export const tried: TriedJson = {
  lines: [
    {
      ...{ line: 1, text: TRIED, kind: 'failed_registration', ip: ATTACKER, at: ago(0), filter: 'opensips', rule: 'failed-registration' },
      ...{ counted: true, shadow: false, proved: false },
      fields: [span('user', '1001'), span('domain', 'example.com'), span('ip', ATTACKER), span('port', '5071'), span('code', '403')],
    },
    { line: 2, text: 'opensips[812]:  a line \u202ethat\x1b[2J nobody knows', kind: null, fields: [] },
    {
      ...{
        line: 3,
        text: 'opensips[812]: ambiguous',
        kind: 'door_knock',
        ip: null,
        why: 'ambiguous',
        filter: 'opensips',
        rule: 'x',
        counted: false,
      },
      fields: [],
    },
  ],
  decisions: [
    { ...{ line: 1, type: 'ban', ip: ATTACKER, jail: 'sip-scanner', scope: 'address' }, at: ago(0), until: ago(-DAY), nth: 1, count: 1 },
    { line: 1, type: 'skip', ip: ATTACKER, jail: 'sip-flood', why: 'already-banned' },
    { line: 3, type: 'alert', ip: ATTACKER, jail: 'sip-rate', alert: 'jail_full', count: 300 },
  ],
  windows: [{ jail: 'sip-auth', key: ATTACKER, count: 1, maxretry: 10, findtime: '5m' }],
}

/** What a daemon answers to the pages of what is known. */
export const KNOWN: Answers = {
  [`GET /api/addresses/${ATTACKER}`]: attacker,
  [`GET /api/why/${ATTACKER}`]: whyAttacker,
  [`GET /api/addresses/${OFFICE}`]: office,
  [`GET /api/why/${OFFICE}`]: whyOffice,
  [`GET /api/why-not/${OFFICE}`]: whyNotOffice,
  'GET /api/users/1001@example.com': user1001,
  'GET /api/users': users,
  'GET /api/registered-phones': phones,
  'GET /api/filters': filters,
  'POST /api/try': tried,
}

/** What the daemon itself makes, of a form of its own. */
const OWN = /(?:^at|^until|^added|^expires|^last_modified|_at|_registered|^mac_address)$/

/** The same answer with hostile text in every field that holds a text; as much of it as its column takes. */
export function hostile<Answer>(answer: Answer): Answer {
  const spoil = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return OWN.test(key) ? value : key === 'extension_number' ? ALL_HOSTILE.slice(0, 20) : ALL_HOSTILE
    if (Array.isArray(value)) return value.map((each) => spoil(each, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, name)]))
  }
  return spoil(answer, '') as Answer
}
