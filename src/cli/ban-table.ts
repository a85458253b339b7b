import type { BanJson } from '../api/wire.ts'
import { coverage, stamp } from '../report.ts'
import { formatSpan } from './span.ts'
import { formatTable } from './table.ts'

/** The bans as a table for people. */
export function formatBans(bans: readonly BanJson[], nowMs: number): string {
  const rows = bans.map((ban) => [
    coverage(ban),
    ban.jail,
    stamp(Date.parse(ban.at)),
    formatSpan(ban.until === null ? null : Date.parse(ban.until) - nowMs),
    String(ban.nth),
    String(ban.count),
  ])
  return formatTable(['address', 'jail', 'since', 'remaining', { title: 'nth', align: 'right' }, { title: 'count', align: 'right' }], rows)
}
