import { statSync } from 'node:fs'
import type { Config } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { createPipeline } from '../pipeline.ts'
import { stamp } from '../report.ts'
import { verdictOf } from '../shadow/compare.ts'
import type { Fail2BanLog } from '../shadow/fail2ban-log.ts'
import { findMentions, type Mentions, MOST_SOUGHT } from '../shadow/mentions.ts'
import type { OwnBan } from '../shadow/reasons.ts'
import {
  episodesOf,
  type Pair,
  type Period,
  type ReadCounts,
  rowOf,
  type ShadowRow,
  type ShadowSummary,
  summaryOf,
} from '../shadow/report.ts'
import { createSights, type Sights } from '../shadow/sights.ts'
import { readLines } from '../sources/index.ts'
import type { LineBatch, SipEvent } from '../types.ts'
import { mergeByTime } from './merge-by-time.ts'
import type { ServerLog } from './shadow-logs.ts'
import { takeLists } from './take-lists.ts'

export interface ShadowOptions {
  readonly config: Config
  readonly log: Fail2BanLog
  /** Of Fail2Ban, to be compared. */
  readonly jails: readonly string[]
  readonly logs: readonly ServerLog[]
  /** Epoch ms. */
  readonly sinceMs: number
  /** Bytes read of one of the logs, `index` from 0. */
  readonly onProgress: (index: number, path: string, read: number, total: number | null) => void
}

/**
 * Replays the logs, and compares what is banned with what Fail2Ban banned in the time of which both logs tell.
 * @throws SipguardError SOURCE_UNREADABLE also where there is no such time
 */
export async function runShadow(options: ShadowOptions): Promise<{ rows: ShadowRow[]; summary: ShadowSummary }> {
  const { config, log, jails, logs, sinceMs } = options
  const theirs = log.bans.filter(({ jail }) => jails.includes(jail))
  const { ours, sights, read, firstMs, lastMs } = await replay(options, theirs)
  // Servers write whole seconds.
  const period = { fromMs: Math.floor(Math.max(firstMs, log.firstMs, sinceMs) / 1000) * 1000, toMs: lastMs }
  if (!(period.fromMs <= period.toMs)) throw nothingInCommon(log, firstMs, lastMs)
  const episodes = episodesOf({ theirs, ours, period })
  const mentions = await mentionsIn(logs, episodes, sights, config)
  const rows = episodes.map((episode) => rowOf(episode, { log, jails, sights, mentions }))
  return { rows, summary: summaryOf(rows, { read, jails, period }) }
}

interface Replayed {
  readonly ours: readonly OwnBan[]
  readonly sights: Sights
  readonly read: ReadCounts
  /** Of the first and the newest line with a time, epoch ms; Infinity and -Infinity where there is none. */
  readonly firstMs: number
  readonly lastMs: number
}

async function replay({ config, logs, onProgress }: ShadowOptions, theirs: Fail2BanLog['bans']): Promise<Replayed> {
  const ours: OwnBan[] = []
  const read = { lines: 0, recognised: 0, successes: 0 }
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  let last: SipEvent | null = null
  const pipeline = createPipeline({
    ...{ config, node: 'shadow', clock: 'log' },
    observer: {
      onEvent(event) {
        last = event
        read.recognised++
        if (event.kind === 'registration' || event.kind === 'auth_success') read.successes++
        sights.event(event)
      },
      onDecision(decision) {
        sights.decision(decision)
        if (decision.type === 'ban') ours.push({ ...decision.ban, rule: `${last!.filter}/${last!.rule}` })
      },
    },
  })
  const sights = createSights(pipeline.judge, theirs)
  await takeLists([{ judge: pipeline.judge, config }])
  const timeOf = ({ bytes, spans, receivedAtMs }: LineBatch, line: number) =>
    pipeline.timeOf(bytes, spans[2 * line]!, spans[2 * line + 1]!, receivedAtMs)
  const batches = logs.map(({ path, filter }, index) =>
    readLines(path, { filter, onProgress: (bytes, total) => onProgress(index, path, bytes, total) }),
  )
  for await (const batch of mergeByTime(batches, timeOf)) {
    for (let i = 0; firstMs === Number.POSITIVE_INFINITY && i < batch.count; i++) firstMs = timeOf(batch, i) ?? firstMs
    lastMs = Math.max(lastMs, newestOf(batch, timeOf))
    read.lines += batch.count
    pipeline.feed(batch)
    pipeline.judge.expire(pipeline.nowMs)
  }
  sights.end()
  return { ours, sights, read, firstMs, lastMs }
}

/** Of the last line with a time, epoch ms. */
function newestOf(batch: LineBatch, timeOf: (batch: LineBatch, line: number) => number | null): number {
  for (let i = batch.count - 1; i >= 0; i--) {
    const atMs = timeOf(batch, i)
    if (atMs !== null) return atMs
  }
  return Number.NEGATIVE_INFINITY
}

/** Of addresses that only Fail2Ban banned and that nothing was seen of, the newest: who named them. What is no regular file cannot be read again. */
async function mentionsIn(
  logs: readonly ServerLog[],
  episodes: readonly Pair[],
  sights: Sights,
  config: Config,
): Promise<ReadonlyMap<string, Mentions>> {
  const unseen = episodes
    .filter((episode) => verdictOf(episode) === 'only-fail2ban')
    .map(({ theirs }) => theirs[0]!)
    .filter((ban) => sights.of(ban).cause === 'nothing-seen')
  if (unseen.length === 0) return new Map()
  const files = logs
    .filter(({ path }) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map(({ path, filter }) => readLines(path, { filter }))
  const sought = new Map(unseen.slice(-MOST_SOUGHT).map(({ ip, fromMs }) => [ip, { ip, untilMs: fromMs }]))
  return findMentions(files, [...sought.values()], config)
}

function nothingInCommon(log: Fail2BanLog, firstMs: number, lastMs: number): SipguardError {
  const ours =
    firstMs > lastMs
      ? "in the SIP servers' logs no line has a time"
      : `the SIP servers' logs tell of ${spanOf({ fromMs: firstMs, toMs: lastMs })}`
  const theirs = `Fail2Ban's log of ${spanOf({ fromMs: log.firstMs, toMs: log.lastMs })}`
  return new SipguardError('SOURCE_UNREADABLE', `there is no time to compare: ${ours}, ${theirs}`)
}

const spanOf = ({ fromMs, toMs }: Period): string => `${stamp(fromMs)} to ${stamp(toMs)}`
