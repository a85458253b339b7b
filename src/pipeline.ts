import { type ClassifierOptions, createClassifier, createJoiner, distrust, type WholeLine } from './classify/index.ts'
import type { Config } from './config/types.ts'
import { createDoubles } from './hep/index.ts'
import { createJudge, type Judge, type JudgeChanges, type JudgeConfig } from './judge.ts'
import type { Totals } from './kept.ts'
import { createPackets } from './packets.ts'
import type { Decision, LineBatch, LinePlace, SipEvent } from './types.ts'

/** What became of one batch. */
export interface Outcome {
  /** Lines that a rule knew, packets that could be read. */
  matched: number
  /** Of these, those that may be read in more than one way. */
  ambiguous: number
  /** The most by which a line's own time lay in the future, ms. Such lines count at the time of their receipt. */
  aheadMs: number
}

/** The line of an event and the batch it came in: valid, like the line's bytes, for as long as the event is being taken. */
export interface ReadLine extends LinePlace {
  line: WholeLine
  readonly batch: LineBatch
}

/** What happens in the pipeline, as it happens. Called in the order of the lines. */
export interface Observer {
  /** Every classified line or SIP transaction; `read` is null for HEP. */
  onEvent?(event: SipEvent, read: ReadLine | null): void
  onDecision?(decision: Decision, receivedAtMs: number): void
  /** One call per batch, after all its events and decisions. */
  onBatch?(batch: LineBatch, outcome: Readonly<Outcome>): void
}

type ClassifyConfig = Pick<Config, 'filters' | 'tz' | 'sources' | 'prefer'>

export interface PipelineOptions {
  readonly config: ClassifyConfig & JudgeConfig
  /** First part of every event id. */
  readonly node: string
  /** `wall`: now is the batch's receive time. `log`: now is the newest time read so far, so that old logs decide as they did. */
  readonly clock: 'wall' | 'log'
  readonly observer: Observer
  /** Finds what has been prepared for some filters: the first lines are then read as quickly as the later ones. Default: nothing is. */
  readonly preparedLook?: ClassifierOptions['preparedLook']
  /** Whether events without an address may come without their fields, source and id: the observer counts them only. Default: no. */
  readonly bareAddressless?: ClassifierOptions['bareAddressless']
  /** Whether a stream whose reading begins in its midst may begin within a line there; default: it may. */
  readonly beginsWithinLine?: (stream: string) => boolean
}

/** What changed since it was last asked: with the positions, everything that must survive a restart. */
export interface PipelineChanges extends JudgeChanges {
  readonly totals: Totals
}

/**
 * Lines and HEP packets in, decisions out: the classifier, or a reader of packets, before a judge. No I/O; `watch` and `replay` are this
 * same wiring.
 */
export function createPipeline(options: PipelineOptions) {
  const { node, observer, bareAddressless } = options
  const judge = createJudge(options.config, node)
  const classifierOf = (config: ClassifyConfig) => createClassifier({ ...config, preparedLook: options.preparedLook, bareAddressless })
  const joiner = createJoiner(options)
  const packets = createPackets({ sources: options.config.sources, isSelf: (ip) => judge.trust.levelOf(ip, nowMs) === 'self' })
  const doubles = createDoubles()
  let classifier = classifierOf(options.config)
  let prefersHep = doesPreferHep(options.config)
  let totals: Totals = { lines: 0, events: {}, bans: 0 }
  let nowMs = options.clock === 'log' ? Number.NEGATIVE_INFINITY : 0

  /** What stands in for the time of a line without one: the newest log time in replay, the receive time live. */
  const undatedMs = (batch: LineBatch) => (Number.isFinite(nowMs) ? nowMs : batch.receivedAtMs)

  function readLines(batch: LineBatch, outcome: Outcome): void {
    const stem = stemOf(batch)
    let read: ReadLine | null = null
    for (let i = 0; i < batch.count; i++) {
      const line = joiner.join(batch, i)
      if (line === null) continue
      const event = classifier.classify(line.bytes, line.start, line.end, batch.filter, batch.receivedAtMs, undatedMs(batch))
      if (event === null) continue
      if (line.doubtful) distrust(event)
      outcome.matched++
      if (event.why === 'ambiguous') outcome.ambiguous++
      if (event.ip !== null || !bareAddressless) {
        event.source = batch.source
        event.id = stem + line.offset
      }
      if (prefersHep && doubles.fromLog(event)) discount(event)
      read ??= { stem, offset: 0, line, batch }
      read.offset = line.offset
      read.line = line
      take(event, batch.receivedAtMs, outcome, read)
    }
  }

  function readPackets(batch: LineBatch, outcome: Outcome): void {
    const refused = packets.refusedOf(batch.source)
    const stem = stemOf(batch)
    for (let i = 0; i < batch.count; i++) {
      const id = stem + (batch.offset + (batch.spans[2 * i] as number))
      for (const event of packets.read(batch, i, id)) takeHep(event, batch.receivedAtMs, outcome)
    }
    outcome.matched = batch.count - (packets.refusedOf(batch.source) - refused)
  }

  function takeHep(event: SipEvent, receivedAtMs: number, outcome: Outcome): void {
    if (prefersHep && doubles.fromHep(event)) discount(event)
    take(event, receivedAtMs, outcome)
  }

  /** Of event ids; what follows is the offset. */
  const stemOf = ({ generation }: LineBatch) => `${node}:${generation}:`

  function take(event: SipEvent, receivedAtMs: number, outcome: Outcome, read: ReadLine | null = null): void {
    if (options.clock === 'log') nowMs = Math.max(nowMs, event.atMs)
    else if (event.atMs > nowMs) {
      outcome.aheadMs = Math.max(outcome.aheadMs, event.atMs - nowMs)
      event.atMs = nowMs
    }
    totals.events[event.kind] = (totals.events[event.kind] ?? 0) + 1
    observer.onEvent?.(event, read)
    for (const decision of judge.judge(event, nowMs, read)) {
      if (decision.type === 'ban') totals.bans++
      observer.onDecision?.(decision, receivedAtMs)
    }
  }

  return {
    judge,
    /** The newest time seen (`log`), or the receive time of the newest batch (`wall`), epoch ms. */
    get nowMs() {
      return nowMs
    },
    /** Reads one batch. Returns whether the next batch of this log may begin within a line. */
    feed(batch: LineBatch): boolean {
      if (options.clock === 'wall') nowMs = batch.receivedAtMs
      const outcome = newOutcome()
      if (batch.form === 'hep') readPackets(batch, outcome)
      else readLines(batch, outcome)
      totals.lines += batch.count
      observer.onBatch?.(batch, outcome)
      return batch.form === 'text' && joiner.endsWithinLine(batch)
    },
    /** Takes the requests that nobody answered: to be called about every second, where the clock is `wall`. `atMs`: now, epoch ms. */
    tick(atMs: number): void {
      nowMs = Math.max(nowMs, atMs)
      for (const event of packets.tick(nowMs)) takeHep(event, nowMs, newOutcome())
    },
    /** Packets that were not read since the start, by reason. */
    refused: packets.refused,
    /** Addresses of servers that take our registrations (carriers), as far as HEP shows them: peers. */
    hepPeers: packets.peers,
    /** When the line at bytes[start, end) was written, epoch ms, or null where it does not say. */
    timeOf: (bytes: Buffer, start: number, end: number, receivedMs: number) => classifier.timeOf(bytes, start, end, receivedMs),
    /** Unchanged jails keep their windows; bans of removed jails stay. */
    reconfigure(config: ClassifyConfig & JudgeConfig): void {
      classifier = classifierOf(config)
      packets.reconfigure(config.sources)
      prefersHep = doesPreferHep(config)
      judge.reconfigure(config)
    },
    /** A ban that a person or Fail2Ban asks for, as the decider has it. @throws SipguardError ADDRESS_INVALID */
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

const doesPreferHep = ({ sources, prefer }: ClassifyConfig) => prefer === 'hep' && sources.some(({ type }) => type === 'hep')

const newOutcome = (): Outcome => ({ matched: 0, ambiguous: 0, aheadMs: 0 })

/** It was counted already: HEP and a log showed it. */
function discount(event: SipEvent): void {
  event.counted = false
  event.why = 'hep'
}
