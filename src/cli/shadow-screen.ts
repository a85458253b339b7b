import { forTerminal } from '../escape.ts'
import { stamp } from '../report.ts'
import type { ShadowRow, ShadowSummary } from '../shadow/report.ts'
import { formatNumber } from './number.ts'
import { formatSpan } from './span.ts'
import { formatTable } from './table.ts'

/** Rows that are shown, the newest; --json has all. */
const MOST_ROWS = 200

const WHO = { both: 'both', 'only-fail2ban': 'only Fail2Ban', 'only-sipguard': 'only sipguard' } as const

/** The comparison for people: whom Fail2Ban locked out, what both sides did, and where they differ. Every text of a log is escaped. */
export function formatShadow(rows: readonly ShadowRow[], summary: ShadowSummary): string {
  return [
    `${stamp(Date.parse(summary.from))} to ${stamp(Date.parse(summary.to))}, ${formatNumber(summary.lines)} lines, ${formatNumber(summary.recognised)} recognised; Fail2Ban's jails: ${forTerminal(summary.jails.join(', ') || 'none')}`,
    formatLockedOut(rows.filter(({ locked_out }) => locked_out.length > 0)),
    formatSummary(summary),
    formatDifferences(rows.filter(({ verdict }) => verdict !== 'both')),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function formatLockedOut(rows: readonly ShadowRow[]): string {
  return rows
    .slice(-MOST_ROWS)
    .map(({ ip, fail2ban_at, fail2ban_jail, locked_out }) =>
      forTerminal(
        `PHONES LOCKED OUT: Fail2Ban's [${fail2ban_jail}] banned ${ip} at ${when(fail2ban_at)}, an address of phones: ${locked_out.slice(0, 10).join(', ')}${locked_out.length > 10 ? ', …' : ''}`,
      ),
    )
    .join('\n')
}

function formatSummary(summary: ShadowSummary): string {
  const { both, only_fail2ban, only_sipguard, below_threshold, locked_out, successes } = summary
  const note = below_threshold > 0 ? `${formatNumber(below_threshold)} of them below the thresholds here when Fail2Ban banned them` : ''
  return [
    line('banned by both', both, both > 0 ? whoWasFirst(summary) : ''),
    line('only by Fail2Ban', only_fail2ban, note),
    line('only by sipguard', only_sipguard, ''),
    line('phones locked out by Fail2Ban', locked_out, successes === 0 ? 'not known: no success is in these logs (docs/servers.md)' : ''),
  ].join('\n')
}

function whoWasFirst({ sipguard_first, fail2ban_first, median_seconds_earlier: median }: ShadowSummary): string {
  const length = formatSpan(Math.abs(median!) * 1000)
  const who = length === '0s' ? 'at the same time' : `${median! > 0 ? 'sipguard' : 'Fail2Ban'} ${length} earlier`
  return `first: sipguard ${formatNumber(sipguard_first)}, Fail2Ban ${formatNumber(fail2ban_first)}; in the median ${who}`
}

const line = (title: string, count: number, note: string): string =>
  `${title.padEnd(30)}${formatNumber(count).padStart(8)}${note === '' ? '' : `   ${note}`}`

function formatDifferences(rows: readonly ShadowRow[]): string {
  if (rows.length === 0) return ''
  const hidden = rows.length - MOST_ROWS
  const table = formatTable(
    ['time', 'address', 'banned', 'jail', 'why only there'],
    rows.slice(-MOST_ROWS).map((row) => {
      const { at, ip, verdict, fail2ban_jail, sipguard_jail, locked_out, reason } = row
      const loud = locked_out.length > 0 ? 'LOCKED OUT: ' : ''
      return [when(at), ip, WHO[verdict], fail2ban_jail ?? sipguard_jail!, `${loud}${reason}`]
    }),
  )
  return hidden > 0 ? `${table}\nand ${formatNumber(hidden)} before these (--json lists them)` : table
}

const when = (iso: string | null): string => stamp(Date.parse(iso!))
