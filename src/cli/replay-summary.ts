import { formatDuration } from '../duration.ts'
import { toJsonLine } from '../escape.ts'
import { coverage } from '../report.ts'
import type { Ban, Decision, EventKind, SipEvent } from '../types.ts'
import { formatTable } from './table.ts'

/** Rows of the closing table: the addresses banned most often. */
const TOP = 20

/** Counts one replay, for its last line or closing table. */
export function createSummary() {
  const startedMs = performance.now()
  let lines = 0
  let bans = 0
  const events: Partial<Record<EventKind, number>> = {}
  const banned = new Map<string, { ban: Ban; times: number }>()
  /** Users who succeeded from an address before it was banned. */
  const successes = new Map<string, Set<string>>()

  const falseBanRisk = () =>
    [...banned.values()].flatMap(({ ban }) => {
      const users = successes.get(ban.ip)
      return users
        ? [
            {
              ip: ban.ip,
              jail: ban.jail,
              why: `${users.size} user(s) registered or authenticated from there before`,
              users: [...users].slice(0, 10),
            },
          ]
        : []
    })

  return {
    lines(count: number): void {
      lines += count
    },
    event({ kind, ip, user, domain }: SipEvent): void {
      events[kind] = (events[kind] ?? 0) + 1
      if (ip === null || (kind !== 'registration' && kind !== 'auth_success') || banned.has(ip)) return
      const users = successes.get(ip) ?? new Set()
      users.add(domain === null ? (user ?? '') : `${user}@${domain}`)
      successes.set(ip, users)
    },
    decision(decision: Decision): void {
      if (decision.type !== 'ban') return
      bans++
      const { ban } = decision
      const known = banned.get(ban.ip)
      if (known) known.times++
      else banned.set(ban.ip, { ban, times: 1 })
    },
    json: (): string =>
      toJsonLine({ type: 'summary', lines, events, bans, ips: banned.size, false_ban_risk: falseBanRisk(), seconds: seconds(startedMs) }),
    text(): string {
      const elapsed = seconds(startedMs)
      const kinds = Object.entries(events).sort(([, a], [, b]) => b - a)
      const worst = [...banned.values()].sort((a, b) => b.times - a.times || b.ban.count - a.ban.count)
      const parts = [
        `${lines} lines in ${elapsed.toFixed(2)} s, ${kinds.reduce((sum, [, count]) => sum + count, 0)} recognised, ${bans} bans of ${banned.size} addresses`,
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
      for (const risk of falseBanRisk()) parts.push(`look at ${risk.ip}: ${risk.why}`)
      return parts.join('\n\n')
    },
  }
}

const seconds = (startedMs: number): number => Math.round(performance.now() - startedMs) / 1000

const length = (ban: Ban): number | null => (ban.untilMs === null ? null : ban.untilMs - ban.fromMs)
