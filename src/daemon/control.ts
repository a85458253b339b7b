import type { Control, StatusReport } from '../api/control.ts'
import type { Config } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import type { SourceStatus } from '../sources/index.ts'
import type { State } from '../state/state.ts'
import type { AllowEntry } from '../types.ts'
import type { Degraded } from './degraded.ts'
import type { Guard } from './guard.ts'
import type { Tally } from './tally.ts'

/** Of a ban that names no jail of ours. */
const DEFAULT_BANTIME_MS = 36e5

export interface ControlOptions {
  readonly guard: Guard
  readonly state: State
  readonly tally: Tally
  readonly degraded: Degraded
  readonly config: () => Config
  readonly unproven: () => readonly string[]
  readonly sources: () => readonly SourceStatus[]
  readonly allowed: readonly AllowEntry[]
  readonly version: string
  readonly now: () => number
}

/** What people and programs may ask of a running daemon and tell it. */
export function createControl({
  guard,
  state,
  tally,
  degraded,
  config,
  unproven,
  sources,
  allowed,
  version,
  now,
}: ControlOptions): Control {
  const { detector, trust } = guard.pipeline
  const startedAt = new Date(now()).toISOString()
  let allow = allowed
  const takeAllow = (entries: readonly AllowEntry[]) => {
    allow = entries
    trust.setAllowed(allow)
  }
  takeAllow(allowed)

  return {
    status(): StatusReport {
      const active = guard.active()
      const { keys, evicted } = detector.sizes()
      return {
        version,
        node: state.node,
        started_at: startedAt,
        totals: guard.totals,
        sources: tally.sources(sources()),
        jails: tally.jails(config().jails, detector.found, active),
        enforcement: {
          backend: guard.enforcer.backend,
          active: active.length,
          verified: guard.enforcer.countVerified(active),
          last_error: guard.enforcer.lastError,
        },
        degraded: degraded.list(),
        unproven: unproven(),
        memory: { keys, evicted, rss_bytes: process.memoryUsage.rss() },
      }
    },
    bans: () => guard.active().sort((a, b) => b.fromMs - a.fromMs),
    async ban(ip, { jail, forMs }) {
      const known = config().jails.find(({ name }) => name === jail)
      const length = forMs !== undefined ? forMs : known ? known.bantimeMs : DEFAULT_BANTIME_MS
      const { decision, enforced } = await guard.ban(ip, jail ?? 'manual', length)
      if (decision.type === 'ban' && !enforced) {
        throw new SipguardError('ENFORCE_FAILED', guard.enforcer.lastError ?? `${guard.enforcer.backend} did not take the ban of ${ip}`)
      }
      return decision
    },
    unban: (target) => guard.lift([target]),
    unbanAll: () => guard.lift(guard.active().map((ban) => ban.prefix ?? ban.ip)),
    allowList: () => allow.filter(({ untilMs }) => untilMs === null || untilMs > now()),
    async allow(cidr, { forMs, comment }) {
      const entry = { cidr, untilMs: forMs === null ? null : now() + forMs, addedMs: now(), comment }
      await state.allow(entry)
      takeAllow([...allow.filter((known) => known.cidr !== cidr), entry])
      await guard.liftTrusted()
      return entry
    },
    async disallow(cidr) {
      const was = await state.disallow(cidr)
      takeAllow(allow.filter((known) => known.cidr !== cidr))
      return was
    },
  }
}
