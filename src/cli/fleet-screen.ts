import type { FleetNodeReport, FleetReport } from '../api/control.ts'
import { forTerminal } from '../escape.ts'
import { stamp } from '../report.ts'
import { formatNumber } from './number.ts'
import { paletteFor } from './print.ts'
import { formatSpan } from './span.ts'
import { formatTable, right, whole } from './table.ts'

const bad = (text: string) => paletteFor(process.stdout).ban(text)

/** This node's part in its fleet, for people. */
export function formatFleet(fleet: FleetReport, nowMs: number): string {
  const { reachable, since, last_error, outbox, refused, counting, nodes } = fleet
  const sinceMs = Date.parse(since)
  const span = `for ${formatSpan(nowMs - sinceMs)} (since ${stamp(sinceMs)})`
  const silent = nodes.filter((node) => node.silent).length
  const missing = silent === 0 ? '' : bad(`, ${formatNumber(silent)} of them silent`)
  const waiting = outbox === 0 ? 'no decision waits' : outbox === 1 ? '1 decision waits' : `${formatNumber(outbox)} decisions wait`
  return [
    reachable
      ? `fleet: Redis reachable ${span}`
      : bad(forTerminal(`fleet: Redis not reachable ${span}${last_error === null ? '' : `: ${last_error}`}`)),
    `  ${nodes.length === 1 ? '1 node' : `${formatNumber(nodes.length)} nodes`}${missing}; ${waiting} in the outbox`,
    // Where Redis is gone altogether the first line says so.
    ...(reachable && counting.last_error !== null ? [bad(forTerminal(`  events are not counted for all: ${counting.last_error}`))] : []),
    ...(counting.dropped > 0
      ? [bad(`  ${formatNumber(counting.dropped)} times an event was not counted for all: Redis was too slow or gone`)]
      : []),
    ...(refused > 0 ? [bad(`  ${formatNumber(refused)} decisions were refused: they are not what a node would write, or would read`)] : []),
  ].join('\n')
}

/** Every node, for people. */
export function formatNodes(nodes: readonly FleetNodeReport[], nowMs: number): string {
  const rows = nodes.map(({ id, name, version, seen_at, silent, lag_ms, bans, verified }) => [
    ...[name, id, version, `${formatSpan(nowMs - Date.parse(seen_at))} ago${silent ? ', silent' : ''}`],
    ...[lag_ms === null ? 'unknown' : formatSpan(lag_ms), formatNumber(bans), formatNumber(verified)],
  ])
  return formatTable([whole('node'), 'id', 'version', 'last seen', right('behind'), right('bans'), right('verified')], rows)
}
