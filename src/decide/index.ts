import { canonicalAddress, formatCidr, networkOf } from '../address.ts'
import type { Jail } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import type { Alert, AlertKind, Ban, BanDecision, Decision, Detection, Evidence, SkipDecision, SkipReason, TrustLevel } from '../types.ts'
import { Alerts } from './alerts.ts'
import { Bans, endOf } from './bans.ts'
import { readCidr } from './cidr-set.ts'
import type { Decider } from './decider.ts'
import { Offences } from './offences.ts'
import { type Measure, TABLE } from './table.ts'
import type { TrustBook } from './trust-book.ts'

export type { Decider, DecisionChanges } from './decider.ts'
export { createTrustBook, type TrustBook } from './trust-book.ts'

/** How long a ban is remembered after its end where the jail has no `bantime.increment`: 4 weeks. */
const OFFENCE_MEMORY_MS = 4 * 6048e5
const MOST_OFFENCES = 500_000
/** An endpoint is a phone's neighbour: it is out for this long, every time. */
const ENDPOINT_BANTIME_MS = 6e5

export interface DeciderOptions {
  readonly jails: readonly Jail[]
  readonly trust: TrustBook
  /** Written into every ban. */
  readonly node: string
  /** The longest ban on unproved evidence; null: as long as any. */
  readonly unprovedMaxMs: number | null
  /** Most addresses whose bans are counted. Default: 500 000. */
  readonly maxOffences?: number
}

/** What a detection leads to. */
interface Verdict {
  readonly outcome: Ban | SkipReason
  readonly alert: AlertKind | null
}

/** How long a ban is and which one it is. */
interface Term {
  readonly untilMs: number | null
  readonly nth: number
}

/**
 * `drain().lifted` may name an address that `drain().bans` names too (banned anew, or another scope still stands): apply what is lifted
 * first. `ban` and `unban` throw SipguardError ADDRESS_INVALID for what is no address.
 */
export function createDecider({ jails, trust, node, unprovedMaxMs, maxOffences = MOST_OFFENCES }: DeciderOptions): Decider {
  const bans = new Bans()
  const offences = new Offences(maxOffences)
  const alerts = new Alerts()
  let jailsByName = new Map(jails.map((jail) => [jail.name, jail]))
  let longestUnprovedMs = unprovedMaxMs ?? Number.POSITIVE_INFINITY

  function weigh(detection: Detection, jail: Jail, level: TrustLevel, evidence: Evidence, nowMs: number): Verdict {
    const { stage } = detection
    const measure = TABLE[level][evidence]
    // The first stage of a jail with `then:` only puts its key under attack, whoever it was that filled it.
    if (jail.then !== null && stage === 1) return { outcome: 'alert-only', alert: alertOf(jail) }
    if (measure === 'nothing') return { outcome: level as SkipReason, alert: null }
    if (jail.alertonly) return { outcome: 'alert-only', alert: alertOf(jail) }
    if (measure === 'alert') return { outcome: 'peer', alert: 'peer_failing' }
    const short = measure === 'address-shortly'
    const sweeps = measure === 'endpoint-or-sweep' && detection.sweep !== null
    if (measure === 'address' || short || sweeps) {
      return { outcome: weighAddress(detection, jail, level, evidence, short, nowMs), alert: sweeps ? 'phones_cut_off' : null }
    }
    return weighEndpoint(detection, level, evidence, nowMs)
  }

  function weighAddress(detection: Detection, jail: Jail, level: TrustLevel, evidence: Evidence, short: boolean, nowMs: number) {
    const banned = bans.isKeptOut(detection.ip, nowMs)
    // No ban is shorter than the first: how often the address was banned need not be asked.
    if (banned && endOfTerm(detection, jail, short, 1) > nowMs) return 'already-banned'
    const term = termOf(detection, jail, short, nowMs)
    if (endOf(term) <= nowMs) return 'too-old'
    return banned ? 'already-banned' : addressBan(detection, level, evidence, term, nowMs)
  }

  function weighEndpoint(detection: Detection, level: TrustLevel, evidence: Evidence, nowMs: number): Verdict {
    const { ip, port, transport, user, scope, stage, atMs, jail, count } = detection
    if (user !== null && trust.isOwnEndpoint(user, ip, port, transport, atMs)) return { outcome: 'phone', alert: 'phone_old_password' }
    // Whoever falls for a user under attack is somebody nobody knows.
    const cannotBeTold = scope !== 'endpoint' || stage === 2 || port === null
    if (cannotBeTold || trust.mayBeRegistered(ip, port, transport, atMs)) return { outcome: 'phone', alert: 'phone_failing' }
    const untilMs = atMs + ENDPOINT_BANTIME_MS
    const ban: Ban = {
      ...{ ip, scope: 'endpoint', prefix: null, port, transport, jail, fromMs: atMs, untilMs },
      ...{ nth: 1, count, level, evidence, node },
    }
    if (endOf(ban) <= nowMs) return { outcome: 'too-old', alert: 'phone_failing' }
    const isBanned = bans.isKeptOut(ip, nowMs) || bans.findEndpoint(ban, nowMs) !== null
    return { outcome: isBanned ? 'already-banned' : ban, alert: 'phone_failing' }
  }

  /** `short`: on evidence that may be forged, which must not add up either. */
  function termOf(detection: Detection, jail: Jail, short: boolean, nowMs: number): Term {
    const next = offences.next(detection.ip, nowMs)
    const nth = short ? Math.max(1, next - 1) : next
    const untilMs = endOfTerm(detection, jail, short, nth)
    return { untilMs: Number.isFinite(untilMs) ? untilMs : null, nth }
  }

  /** When the nth ban would end; Infinity: never. */
  function endOfTerm({ stage, atMs }: Detection, jail: Jail, short: boolean, nth: number): number {
    const bantimeMs = bantimeOf(jail, stage, short ? 1 : nth) ?? Number.POSITIVE_INFINITY
    return atMs + (short ? Math.min(bantimeMs, longestUnprovedMs) : bantimeMs)
  }

  function addressBan(detection: Detection, level: TrustLevel, evidence: Evidence, { untilMs, nth }: Term, nowMs: number): Ban {
    const { ip, jail, atMs, count } = detection
    const network = networkOf(ip)
    const prefix = network === ip || trust.holdsTrusted(network, nowMs) ? null : network
    return {
      ...{ ip, scope: prefix ? 'prefix' : 'address', prefix, port: null, transport: null, jail, fromMs: atMs, untilMs },
      ...{ nth, count, level, evidence, node },
    }
  }

  function impose(ban: Ban): void {
    bans.add(ban)
    if (isOffence(TABLE[ban.level][ban.evidence], ban)) {
      offences.note(ban.ip, ban.nth, ban.untilMs, jailsByName.get(ban.jail)?.increment?.maxtimeMs ?? OFFENCE_MEMORY_MS)
    }
  }

  function alertFor(kind: AlertKind, detection: Detection): Alert {
    const { jail, key, ip, port, transport, user, count, atMs } = detection
    return { kind, jail, key, ip, port, transport, user, count, phones: trust.phonesAt(ip, atMs), atMs }
  }

  return {
    decide(detections, nowMs) {
      const decisions: Decision[] = []
      const raised: Decision[] = []
      let longest: Map<string, BanDecision> | null = null
      for (const detection of detections) {
        const jail = jailsByName.get(detection.jail)
        // Its jail was removed while it was on its way.
        if (!jail) continue
        const level = trust.levelOf(detection.ip, nowMs, detection.atMs)
        const evidence: Evidence = detection.proved ? 'proved' : 'unproved'
        const { outcome, alert } = weigh(detection, jail, level, evidence, nowMs)
        if (alert !== null && alerts.raise(alert, detection)) raised.push({ type: 'alert', alert: alertFor(alert, detection) })
        if (typeof outcome === 'string') {
          decisions.push({ type: 'skip', ip: detection.ip, jail: jail.name, why: outcome, level, evidence, detection })
          continue
        }
        const on = outcome.scope === 'endpoint' ? `${outcome.ip} ${outcome.port}` : networkOf(outcome.ip)
        longest ??= new Map()
        const best = longest.get(on)
        if (!best || endOf(outcome) > endOf(best.ban)) longest.set(on, { type: 'ban', ban: outcome, detection })
      }
      if (longest !== null)
        for (const decision of longest.values()) {
          impose(decision.ban)
          decisions.push(decision)
        }
      return raised.length === 0 ? decisions : [...raised, ...decisions]
    },

    alert: (alert) => (alerts.raise(alert.kind, alert) ? [{ type: 'alert', alert }] : []),

    ban(address, jail, forMs, nowMs, unlessTrusted = false) {
      const ip = canonicalAddress(address)
      if (ip === null) throw new SipguardError('ADDRESS_INVALID', `expected an IP address, got '${address}'`)
      const detection: Detection = {
        ...{ jail, stage: 1, key: ip, scope: 'address', sweep: null, ip, port: null, transport: null, user: null },
        ...{ atMs: nowMs, count: 0, hits: [], proved: true },
      }
      const level = trust.levelOf(ip, nowMs)
      const skip = (why: SkipReason): SkipDecision => ({ type: 'skip', ip, jail, why, level, evidence: 'request', detection })
      if (TABLE[level].request === 'nothing' || (unlessTrusted && level !== 'unknown')) return skip(level as SkipReason)
      const present = bans.find(ip, nowMs)
      // A longer ban in place of a shorter one is no new offence.
      const term = { untilMs: forMs === null ? null : nowMs + forMs, nth: present?.nth ?? offences.next(ip, nowMs) }
      const ban = addressBan(detection, level, 'request', term, nowMs)
      if (endOf(ban) <= nowMs) return skip('too-old')
      if (present && endOf(present) >= endOf(ban)) return skip('already-banned')
      impose(ban)
      return { type: 'ban', ban, detection }
    },

    take(given, nowMs) {
      const level = trust.levelOf(given.ip, nowMs, given.fromMs)
      if (!allows(TABLE[level][given.evidence], given)) return level as SkipReason
      const isTooWide = given.prefix !== null && trust.holdsTrusted(given.prefix, nowMs)
      const ban: Ban = isTooWide ? { ...given, scope: 'address', prefix: null } : given
      if (endOf(ban) <= nowMs) return 'too-old'
      if (bans.same(ban)?.untilMs === ban.untilMs) return 'already-banned'
      impose(ban)
      return ban
    },

    unban(address, exactly = false) {
      const target = canonicalAddress(address) ?? formatCidr(readCidr(address))
      const ended = exactly ? bans.on(target) : bans.covering(target)
      for (const ban of ended) bans.end(ban)
      offences.forgive(target.includes('/') ? target : networkOf(target))
      return ended
    },

    expire(nowMs) {
      offences.expire(nowMs)
      return bans.expire(nowMs)
    },

    unwarranted: (nowMs) =>
      bans.active(nowMs).filter((ban) => {
        if (ban.prefix !== null) return trust.holdsTrusted(ban.prefix, nowMs)
        return !allows(TABLE[trust.levelOf(ban.ip, nowMs, ban.fromMs)][ban.evidence], ban)
      }),

    find: (ip, nowMs) => bans.find(ip, nowMs),
    nextNth: (ip, nowMs) => offences.next(ip, nowMs),
    active: (nowMs) => bans.active(nowMs),
    drain: () => ({ ...bans.drain(), ...offences.drain() }),

    restore(restoredBans, restoredOffences) {
      for (const ban of restoredBans) bans.restore(ban)
      for (const offence of restoredOffences) offences.restore(offence)
    },

    reconfigure(jails, unprovedMaxMs) {
      jailsByName = new Map(jails.map((jail) => [jail.name, jail]))
      longestUnprovedMs = unprovedMaxMs ?? Number.POSITIVE_INFINITY
    },
  }
}

/** Whether a ban that stands might be decided so today. */
function allows(measure: Measure, { scope, level }: Ban): boolean {
  if (measure === 'nothing' || measure === 'alert') return false
  const narrow = measure === 'endpoint' || measure === 'endpoint-or-sweep'
  return !narrow || scope === 'endpoint' || level === 'phone'
}

/** Whether the next ban of this address is longer for it: forged evidence and a phone's neighbour must not add up. */
function isOffence(measure: Measure, { scope }: Ban): boolean {
  return scope !== 'endpoint' && measure !== 'address-shortly'
}

/** What a jail says that bans nobody itself. */
function alertOf({ by, then }: Jail): AlertKind {
  return then !== null && by.includes('user') ? 'user_under_attack' : 'jail_full'
}

/** min(bantime × factor^(nth − 1), maxtime), ms; null: for ever. */
function bantimeOf(jail: Jail, stage: 1 | 2, nth: number): number | null {
  const { bantimeMs } = stage === 2 && jail.then ? jail.then : jail
  if (bantimeMs === null || jail.increment === null) return bantimeMs
  return Math.min(bantimeMs * jail.increment.factor ** (nth - 1), jail.increment.maxtimeMs)
}
