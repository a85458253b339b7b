import type { AllowOptions, AuditControl, Control, StatusReport } from '../api/control.ts'
import type { Feed } from '../api/feed.ts'
import { bansOn, holds } from '../api/lookup.ts'
import type { Tokens } from '../api/tokens.ts'
import type { Config } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import type { GeoLookup } from '../geo.ts'
import type { AllowEntry } from '../kept.ts'
import { alertText } from '../report.ts'
import type { SourceStatus } from '../sources/index.ts'
import type { State } from '../state/state.ts'
import type { Activity } from './activity.ts'
import { activityReport } from './activity-report.ts'
import type { AllowList } from './allow-list.ts'
import { standsOn } from './ban-key.ts'
import type { Degraded } from './degraded.ts'
import type { FleetLink } from './fleet-link.ts'
import { fleetReport, standingBans } from './fleet-report.ts'
import type { Guard } from './guard.ts'
import type { RecordsAccess } from './records-control.ts'
import type { Tally } from './tally.ts'
import type { createWhy } from './why.ts'

/** Of a ban that names no jail of ours. */
const DEFAULT_BANTIME_MS = 36e5

export interface ControlOptions {
  readonly guard: Guard
  readonly state: State
  readonly tally: Tally
  readonly activity: Activity
  readonly feed: Feed
  readonly degraded: Degraded
  readonly config: () => Config
  readonly unproven: () => readonly string[]
  readonly sources: () => readonly SourceStatus[]
  readonly allowList: AllowList
  readonly fleet: FleetLink
  readonly recorded: RecordsAccess
  readonly geo: GeoLookup
  readonly about: Pick<Control, 'aboutAddress' | 'aboutUser'>
  readonly tokens: Tokens
  readonly audit: AuditControl
  readonly why: ReturnType<typeof createWhy>
  readonly configVersion: () => string
  readonly version: string
  readonly now: () => number
}

/** What people and programs may ask of a running daemon and tell it. */
export function createControl({
  guard,
  state,
  tally,
  activity,
  feed,
  degraded,
  config,
  unproven,
  sources,
  allowList,
  fleet,
  recorded,
  geo,
  about,
  tokens,
  audit,
  why,
  configVersion,
  version,
  now,
}: ControlOptions): Control {
  const { decider, detector } = guard.pipeline.judge
  const startedMs = now()

  /** Holds from now on; who is banned inside it still is. */
  async function enter(cidr: string, { forMs, comment }: AllowOptions): Promise<AllowEntry> {
    const entry = { cidr, untilMs: forMs === null ? null : now() + forMs, addedMs: now(), comment }
    await allowList.put(entry)
    fleet.publish({ kind: 'allow', entry }, now())
    return entry
  }
  const liftAllowed = () => Promise.all([guard.liftTrusted(), guard.flush()])

  return {
    ...{ ...about, ...why, tokens, audit, feed },
    activity: (minutes) =>
      activityReport(activity, { minutes, nowMs: now(), startedMs, isBanned: (ip) => decider.find(ip, now()) !== null, placeOf: geo }),
    rules: config,
    placeOf: geo,
    records: recorded.control,
    status(): StatusReport {
      const active = guard.active()
      const { keys, evicted } = detector.sizes()
      return {
        version,
        config_version: configVersion(),
        node: state.node,
        started_at: new Date(startedMs).toISOString(),
        totals: guard.totals,
        sources: tally.sources(sources()),
        jails: tally.jails(config().jails, detector.found, active),
        enforcement: {
          backend: guard.enforcer.backend,
          active: active.length,
          verified: guard.enforcer.countVerified(active),
          last_error: guard.enforcer.lastError,
          last_repair: guard.enforcer.lastRepair,
        },
        degraded: degraded.list(),
        alerts: tally.alerts().map((alert) => ({
          ...{ alert: alert.kind, ip: alert.ip, user: alert.user, at: new Date(alert.atMs).toISOString() },
          text: alertText(alert),
        })),
        unproven: unproven(),
        fleet: fleetReport(fleet.status(), now()),
        memory: { keys, evicted, rss_bytes: process.memoryUsage.rss() },
      }
    },
    bans: () => guard.active().sort((a, b) => b.fromMs - a.fromMs),
    fleetBans: () => standingBans(fleet.standing(), now()),
    async ban(ip, { jail, forMs, untilMs, unlessTrusted = false }) {
      const known = config().jails.find(({ name }) => name === jail)
      const length = forMs !== undefined ? forMs : known ? known.bantimeMs : DEFAULT_BANTIME_MS
      const end = untilMs === undefined ? { forMs: length } : { untilMs }
      const { decision, enforced } = await guard.ban(ip, jail ?? 'manual', end, unlessTrusted)
      if (decision.type === 'ban' && !enforced) {
        throw new SipguardError('ENFORCE_FAILED', guard.enforcer.lastError ?? `${guard.enforcer.backend} did not take the ban of ${ip}`)
      }
      return decision
    },
    async unban(target, allow) {
      if (allow !== undefined) await enter(target, allow)
      const standing = guard.active()
      const inside = target.includes('/') ? standing.filter(({ ip }) => holds(target, ip)) : []
      const targets = new Set([target, ...inside.map(standsOn)])
      const lifted = await guard.unban([...targets], [...new Set([...bansOn(standing, target), ...inside])])
      if (allow !== undefined) await liftAllowed()
      return lifted
    },
    unbanAll() {
      const standing = guard.active()
      return guard.unban(standing.map(standsOn), standing)
    },
    allowList: () => allowList.at(now()),
    async allow(cidr, options) {
      const entry = await enter(cidr, options)
      await liftAllowed()
      return entry
    },
    async disallow(cidr) {
      const was = await allowList.drop(cidr)
      if (was) {
        fleet.publish({ kind: 'disallow', cidr }, now())
        await guard.flush()
      }
      return was
    },
  }
}
