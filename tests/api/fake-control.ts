import { networkOf } from '../../src/address.ts'
import type {
  ActivityReport,
  AddressReport,
  Control,
  FleetReport,
  LiftedBan,
  PhoneReport,
  Place,
  StatusReport,
  UserReport,
} from '../../src/api/control.ts'
import { createTokens } from '../../src/api/tokens.ts'
import { loadConfig } from '../../src/config/index.ts'
import { createFeed, type FeedSource } from '../../src/daemon/feed.ts'
import { SipguardError } from '../../src/errors.ts'
import type { AllowEntry } from '../../src/kept.ts'
import type { EventRow, UserRow } from '../../src/records/types.ts'
import { openMemory } from '../../src/state/index.ts'
import type { Ban, BanDecision, SkipDecision } from '../../src/types.ts'
import { anAddressReport, aUserReport } from './records-samples.ts'
import { aWhy } from './why-samples.ts'

export const AT = Date.UTC(2026, 0, 15, 10, 30, 45)

export function aBan(fields: Partial<Ban> = {}): Ban {
  return {
    ip: '192.0.2.7',
    scope: 'address',
    prefix: null,
    port: null,
    transport: null,
    jail: 'sip-auth',
    fromMs: AT,
    untilMs: AT + 36e5,
    nth: 1,
    count: 10,
    level: 'unknown',
    evidence: 'proved',
    node: 'n1',
    ...fields,
  }
}

/** Its fields as they are printed. */
export const BAN_JSON =
  '"ip":"192.0.2.7","scope":"address","prefix":null,"port":null,"transport":null,"jail":"sip-auth","at":"2026-01-15T10:30:45.000Z","until":"2026-01-15T11:30:45.000Z","nth":1,"count":10,"level":"unknown","evidence":"proved","node":"n1"'

/** A person's ban that is refused. */
export function aSkip(why: SkipDecision['why'], jail = 'manual'): SkipDecision {
  const detection: SkipDecision['detection'] = {
    ...{ jail, stage: 1, key: '192.0.2.7', scope: 'address', sweep: null, ip: '192.0.2.7', port: null, transport: null, user: null },
    ...{ atMs: AT, count: 0, hits: [], proved: true },
  }
  return { type: 'skip', ip: '192.0.2.7', jail, why, level: 'unknown', evidence: 'request', detection }
}

export const prefixBan = () => aBan({ ip: '2001:db8::7', scope: 'prefix', prefix: networkOf('2001:db8::7'), untilMs: null })

export function aReport(fields: Partial<StatusReport> = {}): StatusReport {
  return {
    version: '0.1.0',
    config_version: '0123456789ab',
    node: 'n1',
    started_at: new Date(AT).toISOString(),
    totals: { lines: 12331, events: { failed_registration: 400, door_knock: 31 }, bans: 41 },
    sources: [
      {
        name: '/var/log/opensips/*.log',
        lag_bytes: 20480,
        lag_seconds: 2,
        last_line_at: new Date(AT + 1000).toISOString(),
        lines: 12331,
        unmatched: 7,
        protection: 'phones',
        remedy: null,
        swallowed_bytes: 0,
        truncations: 0,
        dropped_lines: 0,
        refused: 0,
        trouble: null,
      },
    ],
    jails: [{ name: 'sip-auth', found: 400, bans: 40, active: 2 }],
    enforcement: { backend: 'nftables', active: 2, verified: 2, last_error: null, last_repair: null },
    degraded: [],
    alerts: [],
    unproven: [],
    fleet: null,
    memory: { keys: 17, evicted: 0, rss_bytes: 90 * 1024 * 1024 },
    ...fields,
  }
}

export function anActivity(fields: Partial<ActivityReport> = {}): ActivityReport {
  const at = new Date(AT).toISOString()
  return {
    ...{ from: at, since: at, step_seconds: 60, kinds: { failed_registration: [0, 12] }, bans: [0, 1] },
    attackers: [
      { ip: '192.0.2.7', events: 12, last_at: at, banned: true, place: { country: 'DE', asn: { number: 64496, name: 'Example Net' } } },
    ],
    targets: [{ user: '1001@example.com', events: 12, last_at: at }],
    ...fields,
  }
}

/** Two nodes: this one, and one that is silent. */
export function aFleet(fields: Partial<FleetReport> = {}): FleetReport {
  return {
    ...{ reachable: true, since: new Date(AT).toISOString(), last_error: null, outbox: 0, lag_ms: 0, entries: 3, refused: 0, resyncs: 1 },
    counting: { pending: 0, dropped: 0, counted: 700, last_error: null },
    nodes: [
      {
        ...{ id: 'n1', name: 'sbc1', version: '0.1.0', seen_at: new Date(AT + 6e5).toISOString(), silent: false },
        ...{ lag_ms: 0, bans: 1200, verified: 1199 },
      },
      {
        ...{ id: 'n2', name: 'sbc2\x1b', version: '0.1.0', seen_at: new Date(AT + 3e5).toISOString(), silent: true },
        ...{ lag_ms: null, bans: 1, verified: 0 },
      },
    ],
    ...fields,
  }
}

export interface FakeControl extends Control {
  readonly calls: unknown[]
  readonly active: Ban[]
  readonly ofFleet: Ban[]
  readonly allowed: AllowEntry[]
  /** What every ban did, as an unban tells it. */
  readonly did: { phones: string[]; packets: number | null }
  report: StatusReport
  readonly feed: FeedSource
  recent: ActivityReport
  place: Place
  /** What is in the database; every query is answered with all of it. */
  readonly database: { events: EventRow[]; users: UserRow[]; phones: PhoneReport[]; trouble: string | null; fails: SipguardError | null }
  address: AddressReport
  user: UserReport
  /** What `ban` does instead of banning. */
  onBan: (() => BanDecision | SkipDecision) | null
}

/** A daemon without sources and firewall. Knows the jail sip-auth only. */
export function createFakeControl(): FakeControl {
  const calls: unknown[] = []
  const active: Ban[] = []
  const ofFleet: Ban[] = []
  const allowed: AllowEntry[] = []
  const did = { phones: [] as string[], packets: null as number | null }
  const database: FakeControl['database'] = { events: [], users: [], phones: [], trouble: null, fails: null }
  /** What the database answers. */
  function ask<Answer>(answer: Answer, ...call: unknown[]): Promise<Answer> {
    calls.push(call)
    return database.fails === null ? Promise.resolve(answer) : Promise.reject(database.fails)
  }
  const state = openMemory()
  const take = (matches: (ban: Ban) => boolean): LiftedBan[] => {
    const taken = active.filter(matches)
    for (const ban of taken) active.splice(active.indexOf(ban), 1)
    return taken.map((ban) => ({ ban, ...did }))
  }
  return {
    calls,
    active,
    ofFleet,
    allowed,
    did,
    report: aReport(),
    feed: createFeed(),
    recent: anActivity(),
    place: { country: null, asn: null },
    database,
    address: anAddressReport(),
    user: aUserReport(),
    records: {
      get trouble() {
        return database.trouble
      },
      events: (query) => ask(database.events, 'events', query),
      users: (query) => ask(database.users, 'users', query),
      phones: (query) => ask(database.phones, 'phones', query),
      movePhone: (mac, extension) =>
        mac === '' ? Promise.reject(new SipguardError('MAC_INVALID', 'no MAC')) : ask(database.phones.length, 'move', mac, extension),
      prunePhones: (which) => ask(database.phones.length, 'prune', which),
    },
    tokens: createTokens({ state, entries: [], file: null, now: () => AT }),
    audit: {
      note: (entry) => state.note({ atMs: AT, ...entry }),
      list: (query) => state.audited(query),
    },
    aboutAddress(ip) {
      return ask({ ...this.address, ip }, 'aboutAddress', ip)
    },
    aboutUser(user, domain) {
      return ask({ ...this.user, user, domain }, 'aboutUser', user, domain)
    },
    why: (ip) => ask({ ...aWhy(), ip }, 'why', ip),
    whyNot: (ip) => ask({ ip, banned: false, cause: 'nothing-seen', text: `nothing was seen of ${ip}`, remedy: null }, 'whyNot', ip),
    bundle: (ip) => ask([{ name: 'lines.log', text: 'a line of \xe9\n', encoding: 'latin1' }], 'bundle', ip),
    tryLines(text, filter) {
      calls.push(['tryLines', text, filter])
      return { lines: [{ line: 1, text, kind: null, fields: [] }], decisions: [], windows: [] }
    },
    onBan: null,
    status() {
      return this.report
    },
    activity(minutes) {
      calls.push(['activity', minutes])
      return this.recent
    },
    rules: () => loadConfig(null),
    placeOf() {
      return this.place
    },
    bans: () => [...active],
    fleetBans: () => [...ofFleet],
    async ban(ip, options) {
      calls.push(['ban', ip, options])
      if (this.onBan) return this.onBan()
      const jail = options.jail ?? 'manual'
      if (options.jail !== undefined && jail !== 'sip-auth') throw new SipguardError('USAGE', `there is no jail '${jail}'`)
      const refused = aSkip('already-banned', jail)
      if (active.some((ban) => ban.ip === ip)) return { ...refused, ip }
      const forMs = options.forMs === undefined ? 36e5 : options.forMs
      const ban = aBan({ ip, jail, untilMs: forMs === null ? null : AT + forMs, count: 0 })
      active.unshift(ban)
      return { type: 'ban', ban, detection: { ...refused.detection, ip } }
    },
    async unban(target, allow) {
      calls.push(allow === undefined ? ['unban', target] : ['unban', target, allow])
      return take((ban) => ban.ip === target || ban.prefix === target)
    },
    async unbanAll() {
      calls.push(['unbanAll'])
      return take(() => true)
    },
    allowList: () => [...allowed],
    async allow(cidr, options) {
      calls.push(['allow', cidr, options])
      const entry = { cidr, untilMs: options.forMs === null ? null : AT + options.forMs, addedMs: AT, comment: options.comment }
      allowed.push(entry)
      return entry
    },
    async disallow(cidr) {
      calls.push(['disallow', cidr])
      const at = allowed.findIndex((entry) => entry.cidr === cidr)
      if (at >= 0) allowed.splice(at, 1)
      return at >= 0
    },
  }
}
