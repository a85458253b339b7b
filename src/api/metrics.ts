import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import Registry from 'prom-client/lib/registry.js'
import { HEALTH_KINDS, type HealthKind } from '../health-kinds.ts'
import { HEP_REFUSALS } from '../hep/types.ts'
import { ALERT_KINDS, type AlertKind, EVENT_KINDS, type EventKind, SKIP_REASONS, type SkipReason } from '../types.ts'

const OUTCOMES = ['matched', 'unmatched', 'ambiguous', 'cut'] as const
type LineOutcome = (typeof OUTCOMES)[number]

const NODE_STATES = ['heard', 'silent'] as const

/** Seconds: from a warm nft on an idle machine to a machine in trouble. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Seconds: most logs give the time to a second; behind the last one nothing counts any more. */
const LAG_BUCKETS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 150, 600, 3600]

/** This node's part in a fleet; zeros without one. */
export interface FleetGauges {
  readonly reachable: 0 | 1
  /** Decisions that are not in Redis yet. */
  readonly outbox: number
  readonly lagSeconds: number
  readonly countsPending: number
  /** Since the start. */
  readonly countsDropped: number
  /** Nodes, this one included, that are heard of, and that are not any more. */
  readonly nodes: { readonly heard: number; readonly silent: number }
}

/** What is looked up when somebody scrapes. */
export interface Gauges {
  readonly bansActive: { readonly ipv4: number; readonly ipv6: number }
  /** Of these, confirmed by the kernel. */
  readonly bansVerified: number
  /** What is not as it should be, once for each trouble. */
  readonly degraded: readonly HealthKind[]
  /** Bytes not read yet, by source. */
  readonly tailLagBytes: ReadonlyMap<string, number>
  /** Lines that are lost since the start, by source. */
  readonly droppedLines: ReadonlyMap<string, number>
  readonly detectorKeys: number
  /** Since the start. */
  readonly detectorEvicted: number
  /** HEP packets that were not read since the start, by reason. */
  readonly hepRefused: Readonly<Record<string, number>>
  /** Ways to operators. */
  readonly notifications: readonly { readonly name: string; readonly counts: Readonly<Record<string, number>> }[]
  readonly fleet: FleetGauges
}

/** What the daemon counts. `source` is the configured path; never an address or a user: labels must stay few. */
export interface Metrics {
  /** Makes the series of a source, at zero. */
  source(name: string): void
  /** Makes the series of a jail, at zero. */
  jail(name: string): void
  lines(source: string, outcome: LineOutcome, count: number): void
  event(kind: EventKind, source: string, count?: number): void
  /** `latencySeconds`: from the receipt of the line to the kernel's confirmation; null where nothing was enforced or a person asked for it. */
  ban(jail: string, latencySeconds: number | null): void
  /** How far the own time of a batch's newest line lay behind its receipt. */
  lag(seconds: number): void
  skip(why: SkipReason): void
  alert(kind: AlertKind): void
  /** So many more follow the feed, or fewer. */
  feedClients(more: number): void
  /** One of them did not read. */
  feedHungUp(): void
  /** Called at each scrape. */
  onScrape(read: () => Gauges): void
  /** Prometheus' text format. */
  text(): Promise<string>
  readonly contentType: string
}

/** A registry of its own, so that several can live in one process. */
export function createMetrics(options: { readonly version: string }): Metrics {
  const registers = [new Registry()]
  const registry = registers[0] as Registry
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) => new Gauge({ name, help, labelNames, registers })

  const lines = counter('sipguard_lines_total', 'Log lines read, by what became of them', ['source', 'outcome'])
  const events = counter('sipguard_events_total', 'Classified lines', ['kind', 'source'])
  const bans = counter('sipguard_bans_total', 'Bans entered', ['jail'])
  const skips = counter('sipguard_skips_total', 'Full windows that led to no ban', ['why'])
  const alerts = counter('sipguard_alerts_total', 'What operators were told', ['alert'])
  const evicted = counter('sipguard_detector_evicted_total', 'Keys forgotten because memory was full', [])
  const active = gauge('sipguard_bans_active', 'Bans in force', ['family'])
  const verified = gauge('sipguard_bans_verified', 'Bans in force that the kernel has confirmed', [])
  const degraded = gauge('sipguard_degraded', 'Troubles that there are', ['kind'])
  const lagBytes = gauge('sipguard_tail_lag_bytes', 'Bytes of a source that were not read yet', ['source'])
  const dropped = counter('sipguard_source_dropped_lines_total', 'Lines that were lost before they could be read', ['source'])
  const hepRefused = counter('sipguard_hep_refused_total', 'HEP packets that were not read', ['reason'])
  const notifications = counter('sipguard_notifications_total', 'Messages to operators, by what became of them', ['channel', 'outcome'])
  const keys = gauge('sipguard_detector_keys', 'Addresses and users that have a window', [])
  const build = gauge('sipguard_build_info', 'Always 1', ['version'])
  const fleet = {
    reachable: gauge('sipguard_fleet_reachable', "Whether the fleet's Redis can be used; 0 also without a fleet", []),
    outbox: gauge('sipguard_fleet_outbox', 'Decisions of this node that are not in Redis yet', []),
    lagSeconds: gauge('sipguard_fleet_lag_seconds', 'How far this node is behind the decisions of the others', []),
    countsPending: gauge('sipguard_fleet_counts_pending', 'Events on their way into the windows of the fleet', []),
  }
  const nodes = gauge('sipguard_fleet_nodes', 'Nodes of the fleet', ['state'])
  const feedClients = gauge('sipguard_feed_clients', 'Clients that follow the feed', [])
  const feedHungUp = counter('sipguard_feed_hung_up_total', 'Clients of the feed that did not read and were hung up on', [])
  const countsDropped = counter('sipguard_fleet_counts_dropped_total', 'Events that never came into the windows of the fleet', [])
  const latency = new Histogram({
    name: 'sipguard_ban_latency_seconds',
    help: "From the receipt of the line to the kernel's confirmation of the ban",
    buckets: LATENCY_BUCKETS,
    registers,
  })

  const lag = new Histogram({
    name: 'sipguard_line_lag_seconds',
    help: "How far the own time of a batch's newest line lay behind its receipt",
    buckets: LAG_BUCKETS,
    registers,
  })
  // Not the usual `process_…`: node_exporter has these itself, and its textfile collector refuses a file that has them too.
  const resident = gauge('sipguard_process_resident_memory_bytes', 'Memory of the process', [])
  const processor = counter('sipguard_process_cpu_seconds_total', 'Processor time of the process', [])
  gauge('sipguard_process_start_time_seconds', 'When the process began, since the epoch', []).set(
    Math.floor(Date.now() / 1000 - process.uptime()),
  )

  build.set({ version: options.version }, 1)
  for (const why of SKIP_REASONS) skips.inc({ why }, 0)
  for (const reason of HEP_REFUSALS) hepRefused.inc({ reason }, 0)
  for (const alert of ALERT_KINDS) alerts.inc({ alert }, 0)
  for (const family of ['ipv4', 'ipv6'] as const) active.set({ family }, 0)
  for (const kind of HEALTH_KINDS) degraded.set({ kind }, 0)
  for (const state of NODE_STATES) nodes.set({ state }, 0)
  let read: (() => Gauges) | null = null
  /** Since the last scrape, by source: a counter with labels takes longer than a line may. */
  const newEvents = new Map<string, Map<EventKind, number>>()
  /** The same of full windows, which a flood fills again and again. */
  const newSkips = new Map<SkipReason, number>()

  function scrape(now: Gauges): void {
    for (const family of ['ipv4', 'ipv6'] as const) active.set({ family }, now.bansActive[family])
    verified.set(now.bansVerified)
    for (const kind of HEALTH_KINDS) degraded.set({ kind }, now.degraded.filter((each) => each === kind).length)
    for (const [source, bytes] of now.tailLagBytes) lagBytes.set({ source }, bytes)
    keys.set(now.detectorKeys)
    evicted.reset()
    evicted.inc(now.detectorEvicted)
    dropped.reset()
    for (const [source, lines] of now.droppedLines) dropped.inc({ source }, lines)
    notifications.reset()
    for (const { name, counts } of now.notifications) {
      for (const [outcome, messages] of Object.entries(counts)) notifications.inc({ channel: name, outcome }, messages)
    }
    hepRefused.reset()
    for (const [reason, packets] of Object.entries(now.hepRefused)) hepRefused.inc({ reason }, packets)
    fleet.reachable.set(now.fleet.reachable)
    fleet.outbox.set(now.fleet.outbox)
    fleet.lagSeconds.set(now.fleet.lagSeconds)
    fleet.countsPending.set(now.fleet.countsPending)
    countsDropped.reset()
    countsDropped.inc(now.fleet.countsDropped)
    for (const state of NODE_STATES) nodes.set({ state }, now.fleet.nodes[state])
  }

  function scrapeProcess(): void {
    const { user, system } = process.cpuUsage()
    resident.set(process.memoryUsage.rss())
    processor.reset()
    processor.inc((user + system) / 1e6)
  }

  return {
    source(source) {
      for (const outcome of OUTCOMES) lines.inc({ source, outcome }, 0)
      for (const kind of EVENT_KINDS) events.inc({ kind, source }, 0)
      lagBytes.inc({ source }, 0)
      dropped.inc({ source }, 0)
    },
    jail: (jail) => bans.inc({ jail }, 0),
    lines: (source, outcome, count) => lines.inc({ source, outcome }, count),
    event(kind, source, count = 1) {
      const kinds = newEvents.get(source) ?? new Map<EventKind, number>()
      if (kinds.size === 0) newEvents.set(source, kinds)
      kinds.set(kind, (kinds.get(kind) ?? 0) + count)
    },
    ban(jail, latencySeconds) {
      bans.inc({ jail })
      if (latencySeconds !== null) latency.observe(latencySeconds)
    },
    lag: (seconds) => lag.observe(seconds),
    skip: (why) => void newSkips.set(why, (newSkips.get(why) ?? 0) + 1),
    alert: (alert) => alerts.inc({ alert }),
    feedClients: (more) => feedClients.inc(more),
    feedHungUp: () => feedHungUp.inc(),
    onScrape(reader) {
      read = reader
    },
    text() {
      if (read !== null) scrape(read())
      for (const [source, kinds] of newEvents) for (const [kind, count] of kinds) events.inc({ kind, source }, count)
      newEvents.clear()
      for (const [why, count] of newSkips) skips.inc({ why }, count)
      newSkips.clear()
      scrapeProcess()
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}
