import { createMetrics } from '../../src/api/metrics.ts'
import { createTokens } from '../../src/api/tokens.ts'
import { loadConfig } from '../../src/config/index.ts'
import type { Config } from '../../src/config/types.ts'
import { createAbout } from '../../src/daemon/about.ts'
import { createActivity } from '../../src/daemon/activity.ts'
import { createAllowList } from '../../src/daemon/allow-list.ts'
import { createAudit } from '../../src/daemon/audit.ts'
import { createControl } from '../../src/daemon/control.ts'
import { createDegraded } from '../../src/daemon/degraded.ts'
import { createEvidence } from '../../src/daemon/evidence.ts'
import { createFeed } from '../../src/daemon/feed.ts'
import { ALONE } from '../../src/daemon/fleet-link.ts'
import { createGuard } from '../../src/daemon/guard.ts'
import { createRecordsControl } from '../../src/daemon/records-control.ts'
import { createTally } from '../../src/daemon/tally.ts'
import { createWhy } from '../../src/daemon/why.ts'
import { RecentAddresses } from '../../src/explain/recent-addresses.ts'
import type { Report } from '../../src/report.ts'
import { openMemory } from '../../src/state/index.ts'
import type { State } from '../../src/state/state.ts'
import { batchOf } from '../batch.ts'
import { createFakeFirewall } from './fake-firewall.ts'

/** A guard and its control over a state in memory and a firewall whose faults can be chosen. */
export async function startGuard(state: State = openMemory(), changes: Partial<Config> = {}) {
  const config = { ...loadConfig(null), tz: 'UTC', ...changes }
  const reports: Report[] = []
  const degraded = createDegraded(Date.now, (message) => reports.push({ type: 'notice', message, atMs: Date.now() }))
  const firewall = createFakeFirewall()
  const tally = createTally()
  const addresses = new RecentAddresses()
  const activity = createActivity(addresses)
  const metrics = createMetrics({ version: '1' })
  const snapshot = await state.load()
  const evidence = createEvidence({ state, positions: snapshot.positions, config, now: Date.now, addresses })
  const guard = createGuard({
    config,
    state,
    snapshot,
    firewall,
    metrics,
    tally,
    activity,
    degraded,
    evidence,
    fleet: ALONE,
    recording: null,
    now: Date.now,
    onReport: (report) => reports.push(report),
    onAlert: () => {},
  })
  const allowList = createAllowList({ state, trust: guard.pipeline.judge.trust, entries: snapshot.allow })
  const geo = () => ({ country: null, asn: null })
  const recorded = createRecordsControl({ records: null, trouble: () => null, geo, vendorOf: () => null, now: Date.now })
  const control = createControl({
    guard,
    state,
    tally,
    activity,
    feed: createFeed(),
    geo,
    degraded,
    config: () => config,
    unproven: () => [],
    sources: () => [],
    allowList,
    recorded,
    tokens: createTokens({ state, entries: snapshot.tokens, file: null }),
    audit: createAudit({ state, degraded, now: Date.now }),
    why: createWhy({ guard, evidence, state, config: () => config, allowList, sources: () => [], tally, now: Date.now }),
    configVersion: () => evidence.version,
    about: createAbout({ guard, allowList, recorded, geo, now: Date.now }),
    fleet: ALONE,
    version: '1',
    now: Date.now,
  })
  await guard.restore()
  return {
    guard,
    control,
    firewall,
    metrics,
    reports,
    feed: (text: string) => guard.feed(batchOf(text.split('\n').slice(0, -1), { receivedAtMs: Date.now() }), '/var/log/sip*.log'),
    told: (type: Report['type']) => reports.filter((report) => report.type === type),
  }
}
