import type { BanJson, FleetBanJson } from '../api/wire.ts'
import { coverage, stamp } from '../report.ts'
import { formatSpan } from './span.ts'
import { type Column, formatTable, right, whole } from './table.ts'

const COLUMNS: readonly Column[] = [...[whole('address'), 'jail', whole('since'), 'remaining'], ...[right('nth'), right('count')]]

/** The bans as a table for people. */
export function formatBans(bans: readonly BanJson[], nowMs: number): string {
  const rows = bans.map((ban) => rowOf(ban, nowMs))
  return formatTable(COLUMNS, rows)
}

/** The same of all nodes, with who decided each. */
export function formatFleetBans(bans: readonly FleetBanJson[], nowMs: number): string {
  const rows = bans.map((ban) => [...rowOf(ban, nowMs), ban.node_name ?? ban.node])
  return formatTable([...COLUMNS, 'decided by'], rows)
}

function rowOf(ban: BanJson, nowMs: number): string[] {
  return [
    coverage(ban),
    ban.jail,
    stamp(Date.parse(ban.at)),
    formatSpan(ban.until === null ? null : Date.parse(ban.until) - nowMs),
    String(ban.nth),
    String(ban.count),
  ]
}
