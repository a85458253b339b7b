import type { Metrics } from '../api/metrics.ts'
import type { Config } from '../config/types.ts'
import type { Firewall } from '../enforce/index.ts'
import { createPipeline } from '../pipeline.ts'
import { type Report, skipReports } from '../report.ts'
import type { Snapshot, State } from '../state/state.ts'
import type { Ban, Decision, LineBatch } from '../types.ts'
import type { Degraded } from './degraded.ts'
import { createEnforcer } from './enforcer.ts'
import { createJournal } from './journal.ts'
import type { Tally } from './tally.ts'
import { isWithinLine, markWithinLine } from './within-line.ts'

export interface GuardOptions {
  readonly config: Config
  readonly state: State
  readonly snapshot: Snapshot
  readonly firewall: Firewall
  readonly metrics: Metrics
  readonly tally: Tally
  readonly degraded: Degraded
  readonly now: () => number
  readonly onReport: (report: Report) => void
  /** Also report every classified line. */
  readonly allEvents: boolean
}

/** The pipeline with its edges: what it decides reaches the firewall, then the journal, then people. */
export function createGuard({ config, state, snapshot, firewall, metrics, tally, degraded, now, onReport, allEvents }: GuardOptions) {
  const totals = snapshot.totals
  /** As the metrics name it: the configured path, of which there are few. */
  let source = ''
  let restored = false

  const enforcer = createEnforcer({
    firewall,
    now,
    onBanned(ban, receivedAtMs) {
      metrics.ban(ban.jail, receivedAtMs === null ? null : (now() - receivedAtMs) / 1000)
      tally.ban(ban.jail)
      onReport({ type: 'ban', ban, atMs: ban.fromMs })
    },
    onTrouble(message) {
      if (message === null) degraded.clear('firewall', `${firewall.name} works again`)
      else
        degraded.set('firewall', message, `it is tried again; 'sipguard bans' shows what is decided, 'sipguard status' what is confirmed`)
    },
  })

  const pipeline = createPipeline({
    config,
    node: state.node,
    clock: 'wall',
    beginsWithinLine(stream) {
      const mark = snapshot.positions.get(stream)
      return mark === undefined || isWithinLine(mark)
    },
    observer: {
      onEvent(event) {
        totals.events[event.kind] = (totals.events[event.kind] ?? 0) + 1
        tally.event(event, pipeline.nowMs)
        metrics.event(event.kind, source)
        if (allEvents) onReport({ type: 'event', event })
        if (event.counted) onReport({ type: 'found', event })
      },
      onDecision(decision, receivedAtMs) {
        if (decision.type === 'ban') {
          totals.bans++
          void enforcer.ban(decision.ban, receivedAtMs)
        } else {
          metrics.skip(decision.why)
          for (const report of skipReports(decision)) onReport(report)
        }
      },
      onBatch(batch, outcome) {
        totals.lines += batch.count
        tally.batch(batch, outcome)
        metrics.lines(source, 'matched', outcome.matched - outcome.ambiguous)
        metrics.lines(source, 'ambiguous', outcome.ambiguous)
        metrics.lines(source, 'unmatched', batch.count - outcome.matched)
        metrics.lines(source, 'cut', batch.cut)
      },
    },
  })
  pipeline.detector.restore(snapshot.counters)
  pipeline.decider.restore(snapshot.bans, snapshot.offences)

  const journal = createJournal({
    state,
    drain: () => pipeline.drain(),
    onTrouble(error) {
      if (error === null) degraded.clear('state', 'the state is written again')
      else degraded.set('state', `the state cannot be written: ${error.message}`, 'make room for it; detection and bans go on meanwhile')
    },
  })

  const active = () => pipeline.decider.active(now())
  const end = (targets: readonly string[]) => targets.flatMap((target) => pipeline.unban(target, now()))
  const tell = (type: 'unban' | 'restore-ban', bans: readonly Ban[]) => {
    for (const ban of bans) onReport({ type, ban, atMs: now() })
  }
  /** Where a /64 came to hold somebody trusted, the whole ban ends: its next one is of the single address. */
  const standingOnTrusted = () =>
    active()
      .filter(({ ip, prefix }) =>
        prefix === null ? pipeline.trust.levelOf(ip, now()) !== 'unknown' : pipeline.trust.holdsTrusted(prefix, now()),
      )
      .map(({ ip, prefix }) => prefix ?? ip)

  /** Takes ended bans out of the kernel and says so, once the end is written. */
  async function lift(targets: readonly string[]): Promise<Ban[]> {
    const ended = end(targets)
    await Promise.all([enforcer.lift(ended), journal.flush()])
    tell('unban', ended)
    return ended
  }

  return {
    pipeline,
    enforcer,
    totals,
    active,
    /** Nothing more is to be read of this batch when it returns; its effects are committed together with its position. */
    feed(batch: LineBatch, configuredAs: string): void {
      source = configuredAs
      const within = pipeline.feed(batch)
      const { stream, mark } = batch.position
      journal.note(within ? { stream, mark: markWithinLine(mark) } : batch.position)
    },
    /** Puts the bans of the last run back into the kernel, but for those of who has come to be trusted. */
    async restore(): Promise<void> {
      const ended = end(standingOnTrusted())
      const bans = active()
      await enforcer.restore(bans)
      restored = true
      tell('unban', ended)
      tell('restore-ban', bans)
    },
    /** A ban a person asks for; resolves to whether the kernel has it. */
    async ban(ip: string, jail: string, forMs: number | null): Promise<{ decision: Decision; enforced: boolean }> {
      const decision = pipeline.ban(ip, jail, forMs, now())
      if (decision.type === 'skip') return { decision, enforced: false }
      totals.bans++
      const enforced = await enforcer.ban(decision.ban, null)
      await journal.flush()
      return { decision, enforced }
    },
    /** Ends every ban that covers these addresses or is one of these prefixes. @throws SipguardError ENFORCE_FAILED */
    lift,
    /** Ends the bans of whoever has come to be trusted. @throws SipguardError ENFORCE_FAILED */
    async liftTrusted(): Promise<void> {
      const targets = restored ? standingOnTrusted() : []
      if (targets.length > 0) await lift(targets)
    },
    /** Ends what is over, and tries again what failed. To be called every second. */
    async tick(): Promise<void> {
      const over = pipeline.expire(now())
      enforcer.forget(over)
      if (over.length > 0) journal.note(null)
      tell('unban', over)
      await enforcer.tick(active)
    },
    /** The last commit; the firewall is told nothing more. */
    close: () => journal.close(),
  }
}
export type Guard = ReturnType<typeof createGuard>
