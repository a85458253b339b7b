import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { NotifyConfig } from '../config/types.ts'
import type { Alert, Clock } from '../types.ts'
import { createChannels } from './channel.ts'
import { dailyDraft, noticesDraft } from './compose.ts'
import { type Courier, createCourier } from './courier.ts'
import { createDailyLine } from './daily.ts'
import { hostName } from './host.ts'
import { openJournal } from './journal.ts'
import { alertNotice, severityOf, troubleKind, troubleNotice } from './notice.ts'
import { createQueue, MOST_WAITING } from './queue.ts'
import { type Bundle, createRhythm } from './rhythm.ts'
import type { Channel, DailyTotals, Draft } from './types.ts'

/** What becomes of messages: labels of a metric. */
export const OUTCOMES = ['sent', 'failed', 'given_up', 'dropped'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface NotifierOptions {
  readonly config: NotifyConfig
  /** `notify.db` is kept there. It must be this process's own, as the daemon's lock makes it. */
  readonly stateDir: string
  readonly now: Clock
  /** Read at the time of the daily line. */
  readonly totals: () => DailyTotals
  /** A channel took no message, and why, at each try; null: it does again. For `degraded`, under the key `notify NAME`. */
  readonly onTrouble: (channel: string, reason: string | null) => void
  /** Something that a person should know, once: a message was given up, or dropped. */
  readonly onNotice: (message: string) => void
  /** How this machine is called in messages. Default: its host name. */
  readonly host?: string
  /** Default: those of the configuration. */
  readonly channels?: (config: NotifyConfig, host: string) => Channel[]
  /** Before the first further try, ms. Default: 1,000. */
  readonly firstRetryMs?: number
}

export interface ChannelReport {
  readonly name: string
  readonly place: string
  /** Messages that it has still to get. */
  readonly waiting: number
  /** Tries since the start, by what became of them, and messages that were dropped. */
  readonly counts: Readonly<Record<Outcome, number>>
}

export interface Notifier {
  /** Something that operators are to be told, as soon as its kind demands. Never throws; sends nothing before it returns. */
  alert(alert: Alert): void
  /** As `degraded.set` and, with null, `degraded.clear`, by the same keys; said again it is the same. Never throws. */
  degraded(key: string, text: string | null): void
  /** To be called every second or so: sends what is due. */
  tick(): void
  /** Channels keep their place in the queue by their type and place in the list. */
  reconfigure(config: NotifyConfig): void
  /** In the order of the configuration. For `status` and `sipguard_notifications_total{channel,outcome}`. */
  report(): ChannelReport[]
  /** Waits two seconds, at most, for what is on its way. What waits stays on disk, and is sent after the next start. */
  stop(): Promise<void>
}

/**
 * Tells operators: rhythm, then a queue on disk, then one courier for each channel, so that none waits for another. What was told survives
 * kill -9 as soon as a method has returned; a message that was on its way then comes twice, under the same id. Where the disk fails, the
 * queue is held in memory.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const { stateDir, now, totals, onTrouble, onNotice, host = hostName(), firstRetryMs } = options
  const makeChannels = options.channels ?? (({ channels }: NotifyConfig) => createChannels(channels, host))
  let { config } = options
  const journal = openJournal(join(stateDir, 'notify.db'), (message) => onNotice(message ?? 'messages to operators are kept on disk again'))
  const { kept, put } = journal
  const rhythm = createRhythm({ cooldownMs: () => config.cooldownMs, heard: () => channels.length > 0, kept, put })
  const dailyLine = createDailyLine(kept, put)
  const queue = createQueue(kept, put)
  const counts = new Map<string, Record<Outcome, number>>()
  let channels: readonly Channel[] = []
  let couriers: readonly Courier[] = []
  /** When the couriers are those of the configuration. */
  let settled: Promise<void> = Promise.resolve()

  function countsOf(name: string): Record<Outcome, number> {
    const known = counts.get(name) ?? { sent: 0, failed: 0, given_up: 0, dropped: 0 }
    counts.set(name, known)
    return known
  }

  /** Kept with all else that the rhythm changed, in one transaction. */
  function enqueue(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      for (const name of queue.push({ id: randomUUID(), ...draft })) {
        const dropped = ++countsOf(name).dropped
        // The first of each thousand: whoever is flooded need not be told each time.
        if (dropped % MOST_WAITING === 1)
          onNotice(`${name}: more than ${MOST_WAITING} messages wait; the oldest are dropped (${dropped} so far)`)
      }
    }
    flush()
  }

  const drafted = (bundles: readonly Bundle[]): Draft[] =>
    bundles.map(({ severity, groups }) => noticesDraft(host, severity, groups, now()))

  /** Before anything is sent, so that what is known to have been sent was kept. */
  function flush(): void {
    journal.flush(channels.length > 0)
    for (const courier of couriers) courier.wake()
  }

  function courierOf(channel: Channel): Courier {
    const { name } = channel
    return createCourier({
      ...{ channel, now, onNotice },
      next: () => queue.head(name),
      done(number) {
        queue.done(name, number)
        journal.flush(true)
      },
      count: (outcome) => void countsOf(name)[outcome]++,
      onTrouble: (reason) => onTrouble(name, reason),
      ...(firstRetryMs !== undefined && { firstRetryMs }),
    })
  }

  function configure(fresh: NotifyConfig): void {
    const before = channels
    config = fresh
    channels = makeChannels(config, host)
    for (const [name, waiting] of queue.setReaders(channels)) {
      onNotice(`${name} is no longer in the configuration; up to ${waiting} messages that it had still to get are dropped`)
    }
    // Couriers that are on their way are waited for: their place in the queue is that of the next ones.
    settled = settled
      .then(() => Promise.all(couriers.map((courier) => courier.stop())))
      .then(() => {
        for (const { name } of before) onTrouble(name, null)
        couriers = channels.map(courierOf)
        flush()
      })
  }

  configure(config)
  return {
    alert(alert) {
      const severity = severityOf(alert.kind, config.severity)
      if (severity !== 'none') enqueue(drafted(rhythm.alert(alertNotice(alert, severity), now())))
    },
    degraded(key, text) {
      if (text === null) return enqueue(drafted(rhythm.over(key, now())))
      const severity = severityOf(troubleKind(key), config.severity)
      if (severity !== 'none') enqueue(drafted(rhythm.trouble(key, troubleNotice(key, text, severity, now()), now())))
    },
    tick() {
      const grown = channels.length === 0 ? null : dailyLine.tick(config.daily, totals, now())
      const daily = grown === null ? [] : [dailyDraft(host, grown.totals, grown.sinceMs, now())]
      enqueue([...drafted(rhythm.tick(now())), ...daily])
    },
    reconfigure: configure,
    report: () => channels.map(({ name, place }) => ({ name, place, waiting: queue.waiting(name), counts: { ...countsOf(name) } })),
    async stop() {
      await settled
      await Promise.all(couriers.map((courier) => courier.stop()))
      journal.flush(channels.length > 0)
      journal.close()
    },
  }
}
