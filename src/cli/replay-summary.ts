import { formatDuration } from '../duration.ts'
import { forTerminal, toJsonLine } from '../escape.ts'
import { coverage } from '../report.ts'
import type { Ban, EventKind, SipEvent } from '../types.ts'
import { createBanTally } from './ban-tally.ts'
import { plural } from './number.ts'
import { createSuccessHistory } from './success-history.ts'
import { formatTable } from './table.ts'

/** Rows of the closing table: the addresses banned most often. */
const TOP = 20

/** Counts one replay, for its last line or closing table. */
export function createSummary() {
  const startedMs = performance.now()
  let lines = 0
  const events: Partial<Record<EventKind, number>> = {}
  const tally = createBanTally()
  const history = createSuccessHistory()

  return {
    tally,
    history,
    lines(count: number): void {
      lines += count
    },
    event(event: SipEvent): void {
      events[event.kind] = (events[event.kind] ?? 0) + 1
      history.event(event)
    },
    decision: tally.decision,
    /** `more` goes in beside it. */
    json: (more: Record<string, unknown> = {}): string =>
      toJsonLine({
        ...{ type: 'summary', lines, events, bans: tally.bans, ips: tally.banned.size, false_ban_risk: tally.risks(history) },
        ...more,
        seconds: seconds(startedMs),
      }),
    text(): string {
      const elapsed = seconds(startedMs)
      const kinds = Object.entries(events).sort(([, a], [, b]) => b - a)
      const worst = [...tally.banned.values()].sort((a, b) => b.times - a.times || b.ban.count - a.ban.count)
      const parts = [
        `${lines} lines in ${elapsed.toFixed(2)} s, ${kinds.reduce((sum, [, count]) => sum + count, 0)} recognised, ${plural(tally.bans, 'ban')} of ${worst.length} address${worst.length === 1 ? '' : 'es'}`,
      ]
      if (kinds.length > 0)
        parts.push(
          formatTable(
            ['kind', 'lines'],
            kinds.map(([kind, count]) => [kind, String(count)]),
          ),
        )
      if (worst.length > 0) {
        const rows = worst
          .slice(0, TOP)
          .map(({ ban, times }) => [
            coverage(ban),
            ban.jail,
            new Date(ban.fromMs).toISOString(),
            formatDuration(length(ban)),
            String(times),
          ])
        parts.push(formatTable(['banned', 'jail', 'first ban', 'for', 'bans'], rows))
      }
      if (worst.length > TOP) parts.push(`… and ${worst.length - TOP} more (--json lists all)`)
      for (const { ip, why, users } of tally.risks(history)) parts.push(forTerminal(`look at ${ip}: ${why} (${users.join(', ')})`))
      return parts.join('\n\n')
    },
  }
}

const seconds = (startedMs: number): number => Math.round(performance.now() - startedMs) / 1000

const length = (ban: Ban): number | null => (ban.untilMs === null ? null : ban.untilMs - ban.fromMs)
