import type { SourceReport, StatusReport } from '../api/control.ts'
import { forTerminal } from '../escape.ts'
import { stamp } from '../report.ts'
import { formatFleet } from './fleet-screen.ts'
import { formatNumber as number, plural } from './number.ts'
import { paletteFor } from './print.ts'
import { formatSpan } from './span.ts'
import { formatTable } from './table.ts'

const good = (text: string) => paletteFor(process.stdout).unban(text)
const bad = (text: string) => paletteFor(process.stdout).ban(text)

const MOST_ALERTS = 10

/** `sipguard status` for people. */
export function formatStatus(report: StatusReport, nowMs: number): string {
  const started = Date.parse(report.started_at)
  return [
    forTerminal(`sipguard ${report.version} on node ${report.node}, up ${formatSpan(nowMs - started)} (since ${stamp(started)})`),
    health(report, nowMs),
    unproven(report),
    totals(report),
    sources(report, nowMs),
    alerts(report, nowMs),
    jails(report),
    enforcement(report),
    report.fleet === null ? '' : formatFleet(report.fleet, nowMs),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function health({ degraded }: StatusReport, nowMs: number): string {
  if (degraded.length === 0) return good('healthy')
  const lines = degraded.map(({ what, since, remedy }) => {
    const text = forTerminal(`  ${what}, for ${formatSpan(nowMs - Date.parse(since))}`)
    return remedy === null ? text : `${text}\n    ${forTerminal(remedy)}`
  })
  return [bad('degraded'), ...lines].join('\n')
}

function unproven({ unproven }: StatusReport): string {
  if (unproven.length === 0) return ''
  return bad(forTerminal(`in force without a proof (--allow-unproven): ${unproven.join(', ')}`))
}

function totals({ totals, memory }: StatusReport): string {
  const events = Object.entries(totals.events).filter(([, count]) => count > 0)
  const sum = events.reduce((total, [, count]) => total + count, 0)
  const kinds = events.sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${kind} ${number(count)}`)
  const evicted = memory.evicted > 0 ? `, ${number(memory.evicted)} forgotten for want of memory` : ''
  return [
    `${plural(totals.lines, 'line')}, ${plural(sum, 'event')}, ${plural(totals.bans, 'ban')} since the state directory was made`,
    ...(kinds.length > 0 ? [forTerminal(`  ${kinds.join(', ')}`)] : []),
    `${number(memory.keys)} addresses and users are watched${evicted}; ${bytes(memory.rss_bytes)} of memory`,
  ].join('\n')
}

function sources({ sources }: StatusReport, nowMs: number): string {
  if (sources.length === 0) return ''
  const table = formatTable(
    [
      'source',
      { title: 'lines', align: 'right' },
      { title: 'unmatched', align: 'right' },
      { title: 'unread', align: 'right' },
      { title: 'behind', align: 'right' },
      'last line',
    ],
    sources.map((source) => [
      source.name,
      number(source.lines),
      number(source.unmatched),
      bytes(source.lag_bytes),
      formatSpan(source.lag_seconds * 1000),
      source.last_line_at === null ? 'none yet' : `${formatSpan(nowMs - Date.parse(source.last_line_at))} ago`,
    ]),
  )
  return [
    table,
    ...sources.filter((source) => source.trouble !== null).map(trouble),
    ...sources.flatMap(lost),
    ...sources.flatMap(blind),
  ].join('\n')
}

const lost = ({ name, swallowed_bytes, truncations, dropped_lines, refused }: SourceReport) => [
  ...(swallowed_bytes > 0 ? [bad(forTerminal(`${name}: ${bytes(swallowed_bytes)} were truncated away before they could be read`))] : []),
  ...(truncations > 0
    ? [forTerminal(`${name}: truncated ${number(truncations)} times; what was written in the moments before may be lost: rotate by rename`)]
    : []),
  ...(dropped_lines > 0 ? [bad(forTerminal(`${name}: ${number(dropped_lines)} lines were lost before they could be read`))] : []),
  ...(refused > 0
    ? [forTerminal(`${name}: ${number(refused)} messages or connections were refused: their sender is not listed, or there were too many`)]
    : []),
]

/** Without successes a phone with an old password looks like any attacker. */
const blind = ({ name, protection, remedy }: SourceReport) =>
  protection === 'blind' ? [bad(forTerminal(`${name}: protection: blind, it names failures and no success; ${remedy}`))] : []

function alerts({ alerts }: StatusReport, nowMs: number): string {
  if (alerts.length === 0) return ''
  const shown = alerts.slice(0, MOST_ALERTS).map(({ at, text }) => forTerminal(`  ${formatSpan(nowMs - Date.parse(at))} ago: ${text}`))
  const more = alerts.length > MOST_ALERTS ? [`  and ${alerts.length - MOST_ALERTS} more (--json lists them)`] : []
  return ['alerts', ...shown, ...more].join('\n')
}

const trouble = (source: SourceReport) => bad(forTerminal(`${source.name}: ${source.trouble}`))

function jails({ jails }: StatusReport): string {
  if (jails.length === 0) return ''
  return formatTable(
    ['jail', { title: 'found', align: 'right' }, { title: 'bans', align: 'right' }, { title: 'active', align: 'right' }],
    jails.map((jail) => [jail.name, number(jail.found), number(jail.bans), number(jail.active)]),
  )
}

function enforcement({ enforcement }: StatusReport): string {
  const { backend, active, verified, last_error, last_repair } = enforcement
  const bans = plural(active, 'ban')
  const text =
    backend === 'none'
      ? `observing only: ${bans} in force, none enforced`
      : `enforced by ${backend}: ${bans} in force, ${number(verified)} confirmed by the kernel`
  return [
    forTerminal(text),
    ...(last_repair === null ? [] : [forTerminal(`  last repair: ${last_repair.at} ${last_repair.what}`)]),
    ...(last_error === null ? [] : [bad(forTerminal(`  last error: ${last_error}`))]),
  ].join('\n')
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log2(value) / 10), units.length - 1)
  const size = value / 1024 ** step
  return `${step === 0 || size >= 10 ? Math.round(size) : size.toFixed(1)} ${units[step]}`
}
