import type { StatusReport } from '../../src/api/control.ts'
import type { AllowJson } from '../../src/api/wire.ts'
import type { ActivityJson, AuditJson, PlacedBanJson, ReportJson } from '../../src/console/wire.ts'

/** What a daemon would answer to the pages of what happens now; as the contract of the API has it. */

const MINUTE = 6e4
const HOUR = 36e5

const NOW = Math.floor(Date.now() / MINUTE) * MINUTE
export const iso = (msFromNow: number): string => new Date(NOW + msFromNow).toISOString()

export function ban(ip: string, fields: Partial<PlacedBanJson> = {}): PlacedBanJson {
  return {
    ...{ ip, scope: 'address', prefix: null, port: null, transport: null, jail: 'sip-auth', at: iso(-7 * MINUTE), until: iso(53 * MINUTE) },
    ...{
      nth: 1,
      count: 10,
      level: 'unknown',
      evidence: 'unproved',
      node: '704b7655e9eb',
      country: 'NL',
      asn: 64501,
      as_name: 'Example Hosting',
    },
    ...fields,
  }
}

export const BANS: readonly PlacedBanJson[] = [
  ban('203.0.113.66', { count: 12 }),
  ban('203.0.113.7', {
    jail: 'sip-scanner',
    until: iso(23 * HOUR),
    count: 1,
    country: 'US',
    asn: 64510,
    as_name: 'Example Cloud',
    at: iso(-HOUR),
  }),
  ban('2001:db8:5::9', {
    scope: 'prefix',
    prefix: '2001:db8:5::/64',
    jail: 'sip-knock',
    nth: 3,
    until: iso(4 * HOUR),
    at: iso(-3 * MINUTE),
  }),
  ban('192.0.2.200', { jail: 'manual', until: null, count: 0, country: null, asn: null, as_name: null, at: iso(-40 * HOUR) }),
  ban('198.51.100.20', {
    scope: 'endpoint',
    port: 5062,
    transport: 'udp',
    level: 'phone',
    country: 'DE',
    asn: 64496,
    as_name: 'Example Net',
  }),
]

export const ALLOWED: readonly AllowJson[] = [
  { cidr: '198.51.100.0/24', until: null, added: iso(-90 * 24 * HOUR), comment: 'office' },
  { cidr: '2001:db8:aa::/48', until: null, added: iso(-9 * 24 * HOUR), comment: 'branch in Hamburg' },
  { cidr: '203.0.113.10', until: iso(20 * HOUR), added: iso(-4 * HOUR), comment: 'hotel, Mrs Berg' },
]

/** The `n`th of numbers that look like what happens, and are the same each time. */
const wave = (n: number, height: number): number =>
  Math.max(0, Math.round(height * (Math.sin(n / 5) + Math.sin(n / 2.3) * 0.6 + (n % 7) / 5 - 0.4)))
const minutes = (height: number, shift: number) => Array.from({ length: 60 }, (_, i) => wave(i + shift, height))

export const ACTIVITY: ActivityJson = {
  from: iso(-59 * MINUTE),
  since: iso(-2 * HOUR),
  step_seconds: 60,
  kinds: { failed_registration: minutes(24, 3), door_knock: minutes(12, 20), failed_auth: minutes(5, 9), malformed: minutes(2, 40) },
  bans: minutes(1.4, 31),
  attackers: [
    { ip: '203.0.113.66', events: 1412, last_at: iso(-2000), banned: true, country: 'NL', asn: 64501, as_name: 'Example Hosting' },
    { ip: '2001:db8:5::9', events: 310, last_at: iso(-3 * MINUTE), banned: true, country: 'NL', asn: 64501, as_name: 'Example Hosting' },
    { ip: '203.0.113.99', events: 8, last_at: iso(-MINUTE), banned: false, country: 'FR', asn: 64499, as_name: 'Example Télécom' },
  ],
  targets: [
    { user: '1001@example.com', events: 822, last_at: iso(-2000) },
    { user: 'admin@example.com', events: 311, last_at: iso(-5000) },
  ],
}

const QUIET: StatusReport['sources'][number] = {
  ...{ name: 'syslog udp:5514', lag_bytes: 0, lag_seconds: 0, last_line_at: null, lines: 0, unmatched: 0 },
  ...{ protection: 'blind', remedy: 'let it log successful registrations', swallowed_bytes: 0, truncations: 0 },
  ...{ dropped_lines: 3, refused: 0, trouble: null },
}

export const STATUS: StatusReport = {
  ...{ version: '0.1.0', config_version: '9f31c07a44de', node: '704b7655e9eb', started_at: iso(-26 * HOUR) },
  totals: { lines: 1_834_201, events: { failed_registration: 40_211, door_knock: 12_003 }, bans: 311 },
  sources: [
    {
      ...{ ...QUIET, name: '/var/log/opensips/opensips.log', last_line_at: iso(-1000), lines: 1_800_000, unmatched: 120 },
      ...{ protection: 'phones', remedy: null, dropped_lines: 0 },
    },
    QUIET,
  ],
  jails: [
    { name: 'sip-auth', found: 40_000, bans: 290, active: 3 },
    { name: 'sip-knock', found: 12_000, bans: 21, active: 1 },
  ],
  enforcement: { backend: 'nftables', active: 5, verified: 5, last_error: null, last_repair: null },
  degraded: [],
  ...{ alerts: [], fleet: null, unproven: [] },
  memory: { keys: 1200, evicted: 0, rss_bytes: 88_000_000 },
}

export const AUDIT: readonly AuditJson[] = [
  { id: 3, at: iso(-MINUTE), who: 'laptop', from: '127.0.0.1', action: 'unban', target: '203.0.113.5', detail: null },
  {
    id: 2,
    at: iso(-HOUR),
    who: 'socket',
    from: 'unix',
    action: 'allow',
    target: '198.51.100.0/24',
    detail: 'for ever, office',
  },
  { id: 1, at: iso(-2 * HOUR), who: 'laptop', from: '127.0.0.1', action: 'login', target: null, detail: null },
]

export const FOUND: ReportJson = {
  ...{
    type: 'found',
    kind: 'failed_registration',
    ip: '203.0.113.99',
    user: '1001',
    domain: 'example.com',
    user_agent: 'friendly-scanner',
  },
  ...{ code: 403, reason: 'Forbidden', filter: 'opensips', rule: 'failed-registration', at: iso(0) },
}
