import { createClassifier, createJoiner, distrust } from './classify/index.ts'
import type { Config } from './config/types.ts'
import { createJudge, type Judge, type JudgeChanges, type JudgeConfig } from './judge.ts'
import type { Decision, LineBatch, SipEvent, Totals } from './types.ts'

/** What became of one batch. */
export interface Outcome {
  /** Lines that a rule knew. */
  matched: number
  /** Of these, those that may be read in more than one way. */
  ambiguous: number
  /** The most by which a line's own time lay in the future, ms. Such lines count at the time of their receipt. */
  aheadMs: number
}

/** What happens in the pipeline, as it happens. Called in the order of the lines. */
export interface Observer {
  /** Every classified line. */
  onEvent?(event: SipEvent): void
  onDecision?(decision: Decision, receivedAtMs: number): void
  /** One call per batch, after all its events and decisions. */
  onBatch?(batch: LineBatch, outcome: Readonly<Outcome>): void
}

type ClassifyConfig = Pick<Config, 'filters' | 'tz'>

export interface PipelineOptions {
  readonly config: ClassifyConfig & JudgeConfig
  /** First part of every event id. */
  readonly node: string
  /** `wall`: now is the batch's receive time. `log`: now is the newest time read so far, so that old logs decide as they did. */
  readonly clock: 'wall' | 'log'
  readonly observer: Observer
  /** Whether a stream whose reading begins in its midst may begin within a line there; default: it may. */
  readonly beginsWithinLine?: (stream: string) => boolean
}

/** What changed since it was last asked: with the positions, everything that must survive a restart. */
export interface PipelineChanges extends JudgeChanges {
  readonly totals: Totals
}

/** Lines in, decisions out: the classifier before a judge. No I/O; `watch` and `replay` are this same wiring. */
export function createPipeline(options: PipelineOptions) {
  const { node, observer } = options
  const judge = createJudge(options.config, node)
  const joiner = createJoiner(options)
  let classifier = createClassifier(options.config)
  let totals: Totals = { lines: 0, events: {}, bans: 0 }
  let nowMs = options.clock === 'log' ? Number.NEGATIVE_INFINITY : 0

  function take(event: SipEvent, batch: LineBatch, offset: number, outcome: Outcome): void {
    event.source = batch.source
    event.id = `${node}:${batch.generation}:${offset}`
    if (options.clock === 'log') nowMs = Math.max(nowMs, event.atMs)
    else if (event.atMs > nowMs) {
      outcome.aheadMs = Math.max(outcome.aheadMs, event.atMs - nowMs)
      event.atMs = nowMs
    }
    totals.events[event.kind] = (totals.events[event.kind] ?? 0) + 1
    observer.onEvent?.(event)
    for (const decision of judge.judge(event, nowMs)) {
      if (decision.type === 'ban') totals.bans++
      observer.onDecision?.(decision, batch.receivedAtMs)
    }
  }

  return {
    judge,
    /** The newest time seen (`log`), or the receive time of the newest batch (`wall`), epoch ms. */
    get nowMs() {
      return nowMs
    },
    /**
     * Reads one batch. The time that stands in for a line without one: the newest log time in replay, the receive time live.
     * Returns whether the next batch of this log may begin within a line.
     */
    feed(batch: LineBatch): boolean {
      if (options.clock === 'wall') nowMs = batch.receivedAtMs
      const outcome: Outcome = { matched: 0, ambiguous: 0, aheadMs: 0 }
      for (let i = 0; i < batch.count; i++) {
        const line = joiner.join(batch, i)
        if (line === null) continue
        const undatedMs = Number.isFinite(nowMs) ? nowMs : batch.receivedAtMs
        const event = classifier.classify(line.bytes, line.start, line.end, batch.filter, batch.receivedAtMs, undatedMs)
        if (event === null) continue
        if (line.doubtful) distrust(event)
        outcome.matched++
        if (event.why === 'ambiguous') outcome.ambiguous++
        take(event, batch, line.offset, outcome)
      }
      totals.lines += batch.count
      observer.onBatch?.(batch, outcome)
      return joiner.endsWithinLine(batch)
    },
    /** When the line at bytes[start, end) was written, epoch ms, or null where it does not say. */
    timeOf: (bytes: Buffer, start: number, end: number, receivedMs: number) => classifier.timeOf(bytes, start, end, receivedMs),
    /** Unchanged jails keep their windows; bans of removed jails stay. */
    reconfigure(config: ClassifyConfig & JudgeConfig): void {
      classifier = createClassifier(config)
      judge.reconfigure(config)
    },
    /** A ban that a person or Fail2Ban asks for; `forMs` null: for ever. @throws SipguardError ADDRESS_INVALID */
    ban(...request: Parameters<Judge['decider']['ban']>): ReturnType<Judge['decider']['ban']> {
      const decision = judge.decider.ban(...request)
      if (decision.type === 'ban') totals.bans++
      return decision
    },
    /** Windows that were filled elsewhere. */
    decide(...given: Parameters<Judge['decider']['decide']>): Decision[] {
      const decisions = judge.decider.decide(...given)
      totals.bans += decisions.filter(({ type }) => type === 'ban').length
      return decisions
    },
    drain(): PipelineChanges {
      const changes = { totals, ...judge.drain() }
      totals = { lines: 0, events: {}, bans: 0 }
      return changes
    },
  }
}
