import { createClassifier } from './classify/index.ts'
import type { Config } from './config/types.ts'
import type { DecisionChanges, TrustBook } from './decide/decider.ts'
import { createDecider, createTrustBook } from './decide/index.ts'
import { createDetector } from './detect/index.ts'
import type { Ban, CounterRow, Decision, LineBatch, SipEvent, Totals } from './types.ts'

/** What happens in the pipeline, as it happens. Called in the order of the lines. */
export interface Observer {
  /** Every classified line. */
  onEvent?(event: SipEvent): void
  onDecision?(decision: Decision, receivedAtMs: number): void
  /** One call per batch: how many lines were read, recognised, ambiguous. */
  onBatch?(batch: LineBatch, outcome: Readonly<Record<'lines' | 'matched' | 'ambiguous', number>>): void
}

export interface PipelineOptions {
  readonly config: Pick<Config, 'filters' | 'jails' | 'tz' | 'store'>
  /** First part of every event id. */
  readonly node: string
  /** `wall`: now is the batch's receive time. `log`: now is the newest time read so far, so that old logs decide as they did. */
  readonly clock: 'wall' | 'log'
  readonly observer: Observer
}

/** What changed since it was last asked: with the positions, everything that must survive a restart. */
export interface PipelineChanges extends DecisionChanges {
  readonly counters: CounterRow[]
  readonly totals: Totals
}

/**
 * Lines in, decisions out: classify, detect and decide wired together. No I/O; `watch` and `replay` are this same wiring.
 */
export function createPipeline(options: PipelineOptions) {
  const { node, observer } = options
  const trust: TrustBook = createTrustBook()
  const detector = createDetector(options.config.jails, { maxKeys: options.config.store.maxkeys })
  const decider = createDecider({ jails: options.config.jails, trust, node })
  let classifier = createClassifier(options.config)
  let totals: Totals = { lines: 0, events: {}, bans: 0 }
  let nowMs = options.clock === 'log' ? Number.NEGATIVE_INFINITY : 0
  let futureLines = 0

  function take(event: SipEvent, batch: LineBatch, offset: number): void {
    event.source = batch.source
    event.id = `${node}:${batch.generation}:${offset}`
    if (options.clock === 'log') nowMs = Math.max(nowMs, event.atMs)
    else if (event.atMs > nowMs) {
      futureLines++
      event.atMs = nowMs
    }
    totals.events[event.kind] = (totals.events[event.kind] ?? 0) + 1
    observer.onEvent?.(event)
    const detections = detector.observe(event)
    if (detections.length === 0) return
    for (const decision of decider.decide(detections, nowMs)) {
      if (decision.type === 'ban') totals.bans++
      observer.onDecision?.(decision, batch.receivedAtMs)
    }
  }

  return {
    trust,
    detector,
    decider,
    /** Lines whose own time lay in the future and was taken as the receive time. */
    get futureLines() {
      return futureLines
    },
    /** The newest time seen (`log`), or the receive time of the newest batch (`wall`), epoch ms. */
    get nowMs() {
      return nowMs
    },
    /** Reads one batch. The time that stands in for a line without one: the newest log time in replay, the receive time live. */
    feed(batch: LineBatch): void {
      if (options.clock === 'wall') nowMs = batch.receivedAtMs
      let matched = 0
      let ambiguous = 0
      for (let i = 0; i < batch.count; i++) {
        const start = batch.spans[2 * i] as number
        const undatedMs = Number.isFinite(nowMs) ? nowMs : batch.receivedAtMs
        const event = classifier.classify(batch.bytes, start, batch.spans[2 * i + 1] as number, batch.filter, batch.receivedAtMs, undatedMs)
        if (event === null) continue
        matched++
        if (event.why === 'ambiguous') ambiguous++
        take(event, batch, batch.offset + start)
      }
      totals.lines += batch.count
      observer.onBatch?.(batch, { lines: batch.count, matched, ambiguous })
    },
    /** When the line at bytes[start, end) was written, epoch ms, or null where it does not say. */
    timeOf: (bytes: Buffer, start: number, end: number, receivedMs: number) => classifier.timeOf(bytes, start, end, receivedMs),
    /** Unchanged jails keep their windows; bans of removed jails stay. */
    reconfigure(config: Pick<Config, 'filters' | 'jails' | 'tz'>): void {
      classifier = createClassifier(config)
      detector.reconfigure(config.jails)
      decider.reconfigure(config.jails)
    },
    /** Lifts every scope of an address, clears its windows and its history; its older lines in flight no longer count. */
    unban(target: string, atMs: number): Ban[] {
      const lifted = decider.unban(target, atMs)
      detector.forget(target, atMs)
      return lifted
    },
    drain(): PipelineChanges {
      const changes = { counters: detector.drain(), totals, ...decider.drain() }
      totals = { lines: 0, events: {}, bans: 0 }
      return changes
    },
  }
}
export type Pipeline = ReturnType<typeof createPipeline>
