import { networkOf } from './address.ts'
import type { Config, Jail } from './config/types.ts'
import type { DecisionChanges } from './decide/index.ts'
import { createDecider, createTrustBook, type TrustBook } from './decide/index.ts'
import { createDetector } from './detect/index.ts'
import type { CounterRow, Offence, PhoneRow } from './kept.ts'
import type { AlertKind, Ban, Decision, LinePlace, SipEvent, Standing } from './types.ts'
import { userOf } from './user-name.ts'

/** Looking for what memory can be freed walks over all of it: so rarely, in the time of `expire`. */
const SWEEP_EVERY_MS = 60 * 6e4
/** A line may come this late and still find the window that it belongs to. */
const LATEST_LINE_MS = 864e5
/** Failures before a success that make its password suspect where no jail counts failures by address. */
const SUSPECT_AFTER = 10

const NOTHING: readonly Decision[] = []

export type JudgeConfig = Pick<Config, 'jails' | 'store' | 'trust' | 'unproved'>

/** What changed since it was last asked, and must survive a restart. */
export interface JudgeChanges extends DecisionChanges {
  readonly counters: CounterRow[]
  readonly phones: PhoneRow[]
}

/** What a judge once gave away by `drain`. */
export interface JudgeMemory {
  readonly counters: Iterable<CounterRow>
  readonly phones: Iterable<PhoneRow>
  readonly bans: readonly Ban[]
  readonly offences: readonly Offence[]
}

/**
 * Events in, decisions out: trust, detect and decide wired together. No I/O. Several may judge the same events, each by its own
 * configuration.
 */
export function createJudge(config: JudgeConfig, node: string) {
  const trust: TrustBook = createTrustBook(config.trust.phoneMs)
  const { maxUsers, maxPorts } = config.trust
  const detector = createDetector(config.jails, { maxKeys: config.store.maxkeys, sweep: { maxUsers, maxPorts } })
  const decider = createDecider({ jails: config.jails, trust, node, unprovedMaxMs: config.unproved.maxbantimeMs })
  let suspectAfter = suspectAfterOf(config.jails)
  let sweptAtMs = Number.NEGATIVE_INFINITY

  /** An alert about an event's user that no jail finds. */
  function alert(kind: AlertKind, event: SipEvent, count: number): Decision[] {
    const { ip, port, transport, atMs } = event
    const phones = trust.phonesAt(ip!, atMs)
    return decider.alert({ kind, jail: null, key: ip!, ip: ip!, port, transport, user: userOf(event), count, phones, atMs })
  }

  /** A guessed password earns no trust. */
  function succeeded(event: SipEvent): Decision[] {
    const failures = detector.succeed(event)
    const isSuspect = failures >= suspectAfter
    trust.learn(event, isSuspect)
    return isSuspect ? alert('credential_suspect', event, failures) : []
  }

  /** A phone with an old password may come from another port each time, and too seldom for any jail. */
  function failed(event: SipEvent): Decision[] {
    const failures = trust.fail(event)
    return failures > 0 && failures % suspectAfter === 0 ? alert('phone_old_password', event, failures) : []
  }

  /** What an event's user tells, whatever jails say. */
  function ofUser(event: SipEvent, { own }: Standing): readonly Decision[] {
    const { kind } = event
    if (kind === 'registration' || kind === 'auth_success') return succeeded(event)
    if (kind === 'unregistration') trust.learn(event)
    return own && (kind === 'failed_registration' || kind === 'failed_auth') ? failed(event) : NOTHING
  }

  return {
    trust,
    detector,
    decider,
    /** What one event leads to; empty for almost every one. `place`: that of its line, where it is one. */
    judge(event: SipEvent, nowMs: number, place: LinePlace | null = null): readonly Decision[] {
      if (event.ip === null || event.why !== null) return NOTHING
      const standing = trust.standingOf(event, nowMs)
      const alerts = ofUser(event, standing)
      const detections = detector.observe(event, standing, place)
      if (detections.length === 0) return alerts
      const decisions = decider.decide(detections, nowMs)
      return alerts.length === 0 ? decisions : [...alerts, ...decisions]
    },
    /** Phones that other nodes know. */
    merge(rows: Iterable<PhoneRow>): void {
      for (const { ip, atMs } of trust.merge(rows)) detector.noteSuccess(networkOf(ip), atMs)
    },
    /** Unchanged jails keep their windows; bans of removed jails stay. */
    reconfigure(fresh: Pick<JudgeConfig, 'jails' | 'trust' | 'unproved'>): void {
      suspectAfter = suspectAfterOf(fresh.jails)
      trust.setPhoneMs(fresh.trust.phoneMs)
      detector.reconfigure(fresh.jails, { maxUsers: fresh.trust.maxUsers, maxPorts: fresh.trust.maxPorts })
      decider.reconfigure(fresh.jails, fresh.unproved.maxbantimeMs)
    },
    /**
     * Lifts every scope of an address, clears its windows and its history; its older lines in flight no longer count. `exactly`: of an
     * address, the ban of its /64 stays.
     */
    unban(target: string, atMs: number, exactly = false): Ban[] {
      const lifted = decider.unban(target, exactly)
      detector.forget(target, atMs)
      return lifted
    },
    /** Ends and returns the bans whose time is over, and forgets what can no longer count: to be called now and then. */
    expire(atMs: number): Ban[] {
      if (atMs - sweptAtMs >= SWEEP_EVERY_MS) {
        sweptAtMs = atMs
        detector.sweep(atMs - LATEST_LINE_MS)
        trust.expire(atMs)
      }
      return decider.expire(atMs)
    },
    drain: (): JudgeChanges => ({ counters: detector.drain(), phones: trust.drain(), ...decider.drain() }),
    restore({ counters, phones, bans, offences }: JudgeMemory): void {
      detector.restore(counters)
      trust.restore(phones)
      decider.restore(bans, offences)
    },
  }
}
export type Judge = ReturnType<typeof createJudge>

/** The fewest failures by which a jail bans an address: a success after as many has most likely been guessed. */
function suspectAfterOf(jails: readonly Jail[]): number {
  const guarding = jails.filter(
    ({ kinds, by, distinct, alertonly }) =>
      !alertonly &&
      distinct === null &&
      by.length === 1 &&
      by[0] === 'ip' &&
      (kinds.includes('failed_registration') || kinds.includes('failed_auth')),
  )
  return guarding.length === 0 ? SUSPECT_AFTER : Math.min(...guarding.map(({ maxretry }) => maxretry))
}
