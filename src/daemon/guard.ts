import { setTimeout as sleep } from 'node:timers/promises'
import type { LiftedBan } from '../api/control.ts'
import type { Metrics } from '../api/metrics.ts'
import { preparedLook } from '../config/prepared.ts'
import type { Config } from '../config/types.ts'
import type { Firewall } from '../enforce/index.ts'
import type { LiftedBy } from '../kept.ts'
import { createPipeline } from '../pipeline.ts'
import { decisionReport, type Report } from '../report.ts'
import type { Snapshot, State } from '../state/state.ts'
import type { Alert, Ban, BanDecision, Decision, Detection, LineBatch, SkipDecision } from '../types.ts'
import type { Activity } from './activity.ts'
import { banKey, standsOn } from './ban-key.ts'
import { cutOffBy } from './cut-off.ts'
import type { Degraded } from './degraded.ts'
import { createEnforcer } from './enforcer.ts'
import type { Evidence } from './evidence.ts'
import type { FleetLink } from './fleet-link.ts'
import { createJournal } from './journal.ts'
import type { Recording } from './recording.ts'
import type { CountedEvent } from './shared-detection.ts'
import type { Tally } from './tally.ts'
import { isWithinLine, markWithinLine } from './within-line.ts'

/** What is being read back of the lines of a ban is waited for this long at the end. */
const LAST_READ_MS = 1000

export interface GuardOptions {
  readonly config: Config
  readonly state: State
  readonly snapshot: Snapshot
  readonly firewall: Firewall
  readonly metrics: Metrics
  readonly tally: Tally
  readonly activity: Activity
  readonly degraded: Degraded
  readonly evidence: Evidence
  readonly fleet: FleetLink
  /** Null: nothing is recorded. */
  readonly recording: Pick<Recording, 'collector' | 'committed' | 'lost'> | null
  readonly now: () => number
  /** Told of every classified line too. */
  readonly onReport: (report: Report) => void
  /** Also told of what operators are to be told. */
  readonly onAlert: (alert: Alert) => void
}

/** The pipeline with its edges: what it decides reaches the firewall, then the journal, then people and the other nodes. */
export function createGuard(options: GuardOptions) {
  const { config, state, snapshot, firewall, metrics, tally, activity, degraded, evidence, fleet, recording, now, onReport } = options
  const collector = recording?.collector
  const totals = snapshot.totals
  /** As the metrics name it: the configured path, of which there are few. */
  let source = ''
  let restored = false
  /** Of this batch's newest event, ms; null: there was none. */
  let lagMs: number | null = null
  /** Events of this batch that all nodes count. */
  const shared: CountedEvent[] = []

  const enforcer = createEnforcer({
    firewall,
    now,
    onBanned(ban, receivedAtMs) {
      metrics.ban(ban.jail, receivedAtMs === null ? null : (now() - receivedAtMs) / 1000)
      tally.ban(ban.jail)
      activity.ban(now())
      onReport({ type: 'ban', ban, atMs: ban.fromMs })
    },
    onTrouble(message) {
      if (message === null) degraded.clear('firewall', `${firewall.name} works again`)
      else
        degraded.set('firewall', message, `it is tried again; 'sipguard bans' shows what is decided, 'sipguard status' what is confirmed`)
    },
    onRepaired: (message) => onReport({ type: 'notice', message, atMs: now() }),
  })

  const pipeline = createPipeline({
    ...{ config, node: state.node, clock: 'wall', preparedLook },
    beginsWithinLine(stream) {
      const mark = snapshot.positions.get(stream)
      return mark === undefined || isWithinLine(mark)
    },
    observer: {
      onEvent(event, read) {
        evidence.event(event, read)
        totals.events[event.kind] = (totals.events[event.kind] ?? 0) + 1
        lagMs = pipeline.nowMs - event.atMs
        tally.event(event, pipeline.nowMs)
        activity.event(event, pipeline.nowMs)
        // What comes of HEP may come with time, not with a batch; its source is its configured name.
        metrics.event(event.kind, event.filter === 'hep' ? event.source : source)
        collector?.event(event)
        onReport({ type: 'event', event })
        if (event.counted) onReport({ type: 'found', event })
        if (fleet.counts && event.ip !== null) {
          const standing = judge.trust.standingOf(event, pipeline.nowMs)
          for (const entry of judge.detector.sharedEntries(event, standing)) shared.push({ ...entry, event })
        }
      },
      onDecision: follow,
      onBatch(batch, outcome) {
        totals.lines += batch.count
        tally.batch(batch, outcome)
        metrics.lines(source, 'matched', outcome.matched - outcome.ambiguous)
        metrics.lines(source, 'ambiguous', outcome.ambiguous)
        metrics.lines(source, 'unmatched', batch.count - outcome.matched)
        metrics.lines(source, 'cut', batch.cut)
        if (lagMs !== null) metrics.lag(lagMs / 1000)
        lagMs = null
        share()
      },
    },
  })
  const { judge } = pipeline
  judge.restore(snapshot)

  function share(): void {
    if (shared.length > 0) fleet.count(shared.splice(0))
  }

  /** What is decided goes where it belongs. */
  function follow(decision: Decision, receivedAtMs: number | null): void {
    evidence.decided(decision, judge.trust)
    if (decision.type === 'ban') {
      totals.bans++
      void impose(decision.ban, receivedAtMs)
      return
    }
    if (decision.type === 'skip') metrics.skip(decision.why)
    else {
      metrics.alert(decision.alert.kind)
      tally.alert(decision.alert)
      options.onAlert(decision.alert)
    }
    onReport(decisionReport(decision))
  }

  const journal = createJournal({
    state,
    drain() {
      const changes = pipeline.drain()
      fleet.sharePhones(changes.phones)
      return { ...changes, ...fleet.drain(), ...evidence.drain(), records: collector?.drain() ?? [] }
    },
    onCommitted() {
      fleet.committed()
      recording?.committed()
    },
    onLost: (records) => recording?.lost(records),
    onTrouble(error) {
      if (error === null) degraded.clear('state', 'the state is written again')
      else degraded.set('state', `the state cannot be written: ${error.message}`, 'make room for it; detection and bans go on meanwhile')
    },
  })

  evidence.onCompleted(() => journal.note(null))

  /** A ban that this node decided. */
  function impose(ban: Ban, receivedAtMs: number | null): Promise<boolean> {
    fleet.publish({ kind: 'ban', ban }, ban.fromMs)
    collector?.ban(ban)
    return enforcer.ban(ban, receivedAtMs)
  }

  const active = () => judge.decider.active(now())
  const end = (targets: readonly string[], by: LiftedBy) => targets.flatMap((target) => release(target, now(), by))
  /** Ends what stands on it, and what is counted against it. Of its /64 another node has a word of its own. */
  function release(target: string, atMs: number, by: LiftedBy): Ban[] {
    fleet.forget(target, atMs)
    const ended = judge.unban(target, atMs, by === 'fleet')
    for (const ban of ended) {
      collector?.lift(ban, atMs)
      evidence.ended(ban, atMs, by)
    }
    return ended
  }
  const tell = (type: 'unban' | 'restore-ban', bans: readonly Ban[]) => {
    for (const ban of bans) onReport({ type, ban, atMs: now() })
  }
  const unwarranted = () => judge.decider.unwarranted(now()).map(standsOn)

  /** Takes ended bans out of the kernel and says so, once the end is written. */
  async function lift(targets: readonly string[], by: LiftedBy): Promise<Ban[]> {
    const ended = end(targets, by)
    await Promise.all([enforcer.lift(ended), journal.flush()])
    tell('unban', ended)
    return ended
  }

  return {
    pipeline,
    enforcer,
    totals,
    /** Failed passwords since the state directory was made. */
    guesses: () => (totals.events.failed_registration ?? 0) + (totals.events.failed_auth ?? 0),
    active,
    /** Nothing more is to be read of this batch when it returns; its effects are committed together with its position. */
    feed(batch: LineBatch, configuredAs: string): void {
      source = configuredAs
      const within = pipeline.feed(batch)
      const { stream, mark } = batch.position
      journal.note(within ? { stream, mark: markWithinLine(mark) } : batch.position)
      // Where reading begins is stored before the first line is read: after a kill -9 it begins there again.
      if (batch.count === 0) void journal.flush()
    },
    /**
     * Puts the bans of the last run back into the kernel, but for those of who has come to be trusted. `confirm` sees them before the
     * firewall is touched, and may throw.
     */
    async restore(confirm?: (bans: readonly Ban[]) => Promise<void>): Promise<void> {
      const ended = end(unwarranted(), 'trusted')
      await confirm?.(active())
      const bans = active()
      await enforcer.restore(bans)
      restored = true
      tell('unban', ended)
      tell('restore-ban', bans)
    },
    /** A ban that is asked for, so long from now (null: for ever) or until a time; resolves to whether the kernel has it. */
    async ban(
      ip: string,
      jail: string,
      lasts: { readonly forMs: number | null } | { readonly untilMs: number },
      unlessTrusted: boolean,
    ): Promise<{ decision: BanDecision | SkipDecision; enforced: boolean }> {
      const atMs = now()
      const decision = pipeline.ban(ip, jail, 'untilMs' in lasts ? lasts.untilMs - atMs : lasts.forMs, atMs, unlessTrusted)
      if (decision.type === 'skip') return { decision, enforced: false }
      totals.bans++
      evidence.decided(decision, judge.trust)
      const enforced = await impose(decision.ban, null)
      await journal.flush()
      return { decision, enforced }
    },
    /**
     * Ends every ban that covers these addresses or is one of these prefixes; `standing` are those bans, whose counters are read while they
     * are there. Other nodes may have banned of a /64 only the address that decided it. @throws SipguardError ENFORCE_FAILED
     */
    async unban(targets: readonly string[], standing: readonly Ban[]): Promise<LiftedBan[]> {
      const counts = standing.length === 0 ? [] : await enforcer.packets(standing)
      const packets = new Map(standing.map((ban, i) => [banKey(ban), counts[i] ?? null]))
      for (const target of new Set([...targets, ...standing.map(({ ip }) => ip)])) fleet.publish({ kind: 'unban', target }, now())
      const lifted = await lift(targets, 'unban')
      return lifted.map((ban) => ({ ...cutOffBy(ban, judge.trust, now()), packets: packets.get(banKey(ban)) ?? null }))
    },
    /** A ban that another node decided; who is trusted here is not banned here. */
    take(decided: Ban): void {
      const ban = judge.decider.take(decided, now())
      if (typeof ban !== 'string') {
        collector?.ban(ban)
        evidence.taken(ban)
        void enforcer.ban(ban, null)
      } else if (ban !== 'already-banned') metrics.skip(ban)
    },
    /**
     * An unban that another node decided, in force when it returns; resolves when the kernel has it, or it is owed. Of its /64 the other
     * node has a word of its own.
     */
    async release(target: string, atMs: number): Promise<void> {
      const ended = release(target, atMs, 'fleet')
      tell('unban', ended)
      await enforcer.lift(ended).catch(() => {}) // told, and tried again
    },
    /** Windows that all nodes filled together. What bans nobody was said when it filled the window here, or is an alert. */
    takeShared(detections: readonly Detection[]): void {
      for (const decision of pipeline.decide(detections, now())) if (decision.type !== 'skip') follow(decision, null)
      journal.note(null)
    },
    /** What the records have found, unless it was told lately. */
    alert(alert: Alert): void {
      for (const decision of judge.decider.alert(alert)) follow(decision, null)
    },
    /** What other nodes decided is committed when it resolves. */
    flush: () => journal.flush(),
    /** Ends the bans of whoever has come to be trusted. @throws SipguardError ENFORCE_FAILED */
    async liftTrusted(): Promise<void> {
      const targets = restored ? unwarranted() : []
      if (targets.length > 0) await lift(targets, 'trusted')
    },
    /** Ends what is over. To be called every second. */
    tick(): void {
      pipeline.tick(now())
      share()
      const over = judge.expire(now())
      enforcer.forget(over)
      if (over.length > 0) journal.note(null)
      tell('unban', over)
    },
    /** Whether the firewall still holds what it should; repairs it, and tries again what failed. To be called several times a second. */
    watchFirewall: () => enforcer.tick(active),
    /** The last commit; the firewall is told nothing more. */
    async close(): Promise<void> {
      await Promise.race([evidence.settled(), sleep(LAST_READ_MS, null, { ref: false })])
      await journal.close()
    },
  }
}
export type Guard = ReturnType<typeof createGuard>
