import type { FleetReport } from '../api/control.ts'
import type { FleetGauges } from '../api/metrics.ts'
import type { SharedCountsStatus } from '../fleet/counts.ts'
import type { Decided, FleetStatus } from '../fleet/index.ts'
import type { Ban } from '../types.ts'

/** A node that was not heard of for so long is silent: nodes report themselves every 3 s. */
const SILENT_MS = 30_000

/** This node's part in a fleet. */
export type FleetLinkStatus = FleetStatus & { readonly counting: SharedCountsStatus }

/** As `status` says it. */
export function fleetReport(status: FleetLinkStatus | null, nowMs: number): FleetReport | null {
  if (status === null) return null
  const { reachable, sinceMs, lastError, outbox, lagMs, entries, refused, resyncs, nodes } = status
  const { pending, dropped, counted } = status.counting
  return {
    ...{ reachable, since: new Date(sinceMs).toISOString(), last_error: lastError, outbox, lag_ms: lagMs, entries, refused, resyncs },
    counting: { pending, dropped, counted, last_error: status.counting.lastError },
    nodes: nodes.map(({ id, name, version, heardMs, lagMs, enforced, verified }) => ({
      ...{ id, name, version, seen_at: new Date(heardMs).toISOString(), silent: isSilent(heardMs, nowMs) },
      ...{ lag_ms: lagMs, bans: enforced, verified },
    })),
  }
}

/** As the metrics say it: without a fleet, or with nothing to tell, zeros. */
export function fleetGauges(status: FleetLinkStatus | null, nowMs: number): FleetGauges {
  if (status === null) return { reachable: 0, outbox: 0, lagSeconds: 0, countsPending: 0, countsDropped: 0, nodes: { heard: 0, silent: 0 } }
  const { reachable, sinceMs, outbox, lagMs, counting, nodes } = status
  const silent = nodes.filter(({ heardMs }) => isSilent(heardMs, nowMs)).length
  return {
    ...{ reachable: reachable ? 1 : 0, outbox, countsPending: counting.pending, countsDropped: counting.dropped },
    // Where nothing was read yet, as long as that has been so.
    lagSeconds: (lagMs ?? nowMs - sinceMs) / 1000,
    nodes: { heard: nodes.length - silent, silent },
  }
}

const isSilent = (heardMs: number, nowMs: number): boolean => nowMs - heardMs > SILENT_MS

/** The bans among what is decided that have not ended, newest first. */
export function standingBans(standing: readonly Decided[], nowMs: number): Ban[] {
  const bans = standing.flatMap((decided) => (decided.kind === 'ban' ? [decided.ban] : []))
  return bans.filter(({ untilMs }) => untilMs === null || untilMs > nowMs).sort((a, b) => b.fromMs - a.fromMs)
}
