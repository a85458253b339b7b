import type { Gauges } from '../api/metrics.ts'
import { type Notifier, troubleKind } from '../notify/index.ts'
import type { Degraded } from './degraded.ts'
import type { FleetLink } from './fleet-link.ts'
import { fleetGauges } from './fleet-report.ts'
import type { Guard } from './guard.ts'
import type { createSourceSet } from './source-set.ts'

export interface GaugesOptions {
  readonly guard: Guard
  readonly sources: Pick<ReturnType<typeof createSourceSet>, 'sums'>
  readonly degraded: Pick<Degraded, 'keys'>
  readonly notifier: Pick<Notifier, 'report'>
  readonly fleet: Pick<FleetLink, 'status'>
  readonly now: () => number
}

/** What the metrics look up when somebody scrapes. */
export function readGauges({ guard, sources, degraded, notifier, fleet, now }: GaugesOptions): Gauges {
  const active = guard.active()
  const ipv6 = active.filter(({ ip }) => ip.includes(':')).length
  const { keys, evicted } = guard.pipeline.judge.detector.sizes()
  const { lagBytes, droppedLines } = sources.sums()
  return {
    bansActive: { ipv4: active.length - ipv6, ipv6 },
    bansVerified: guard.enforcer.countVerified(active),
    degraded: degraded.keys().map(troubleKind),
    tailLagBytes: lagBytes,
    droppedLines,
    detectorKeys: keys,
    detectorEvicted: evicted,
    hepRefused: guard.pipeline.refused(),
    notifications: notifier.report(),
    fleet: fleetGauges(fleet.status(), now()),
  }
}
