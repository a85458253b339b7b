import type { FleetReport } from '../api/control.ts'
import type { FleetStatus } from '../fleet/index.ts'

/** As `status` says it. */
export function fleetReport(status: FleetStatus | null): FleetReport | null {
  if (status === null) return null
  const { reachable, sinceMs, lastError, outbox, entries, resyncs, nodes } = status
  return {
    ...{ reachable, since: new Date(sinceMs).toISOString(), last_error: lastError, outbox, entries, resyncs },
    nodes: nodes.map(({ id, name, version, seenMs, lagMs, enforced, verified }) => ({
      ...{ id, name, version, seen_at: new Date(seenMs).toISOString(), lag_ms: lagMs, bans: enforced, verified },
    })),
  }
}
