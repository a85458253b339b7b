import { expect, test } from 'vitest'
import { createMetrics, type Metrics } from '../../src/api/metrics.ts'

/** Samples by series, as Prometheus' text format has them: `name{labels} value`. */
async function scrape(metrics: Metrics): Promise<Map<string, number>> {
  const samples = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => {
      const [, series, value] = /^([a-z_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})?) (\S+)$/.exec(line) ?? []
      if (series === undefined) throw new Error(`not a sample: ${line}`)
      return [series, Number(value)]
    }),
  )
}
const create = () => createMetrics({ version: '1.2.3' })

test('what has no source or jail is there from the start, at zero', async () => {
  const samples = await scrape(create())
  expect(samples.get('sipguard_build_info{version="1.2.3"}')).toBe(1)
  for (const series of [
    'sipguard_bans_active{family="ipv4"}',
    'sipguard_bans_active{family="ipv6"}',
    'sipguard_skips_total{why="already-banned"}',
    'sipguard_skips_total{why="phone"}',
    'sipguard_alerts_total{alert="credential_suspect"}',
    'sipguard_detector_keys',
    'sipguard_detector_evicted_total',
    'sipguard_fleet_reachable',
    'sipguard_fleet_outbox',
    'sipguard_fleet_lag_seconds',
    'sipguard_fleet_counts_pending',
    'sipguard_fleet_counts_dropped_total',
    'sipguard_fleet_nodes{state="silent"}',
    'sipguard_degraded{kind="backlog"}',
    'sipguard_bans_verified',
    'sipguard_feed_clients',
    'sipguard_feed_hung_up_total',
    'sipguard_line_lag_seconds_count',
    'sipguard_ban_latency_seconds_count',
    'sipguard_ban_latency_seconds_bucket{le="0.005"}',
  ]) {
    expect(samples.get(series), series).toBe(0)
  }
})

test('a source and a jail that were named are at zero before their first line', async () => {
  const metrics = create()
  metrics.source('/var/log/a*.log')
  metrics.jail('sip-auth')
  const samples = await scrape(metrics)
  for (const series of [
    'sipguard_lines_total{source="/var/log/a*.log",outcome="matched"}',
    'sipguard_lines_total{source="/var/log/a*.log",outcome="cut"}',
    'sipguard_events_total{kind="door_knock",source="/var/log/a*.log"}',
    'sipguard_tail_lag_bytes{source="/var/log/a*.log"}',
    'sipguard_source_dropped_lines_total{source="/var/log/a*.log"}',
    'sipguard_bans_total{jail="sip-auth"}',
  ]) {
    expect(samples.get(series), series).toBe(0)
  }
})

test('naming a source again keeps its counts', async () => {
  const metrics = create()
  metrics.lines('a', 'matched', 3)
  metrics.event('flood', 'a')
  metrics.event('flood', 'a', 4)
  metrics.source('a')
  const samples = await scrape(metrics)
  expect(samples.get('sipguard_lines_total{source="a",outcome="matched"}')).toBe(3)
  expect(samples.get('sipguard_events_total{kind="flood",source="a"}')).toBe(5)
})

test('a ban is counted; its latency only where there is one', async () => {
  const metrics = create()
  metrics.ban('sip-auth', 0.004)
  metrics.ban('sip-auth', null)
  metrics.skip('allowed')
  metrics.alert('peer_failing')
  const samples = await scrape(metrics)
  expect(samples.get('sipguard_bans_total{jail="sip-auth"}')).toBe(2)
  expect(samples.get('sipguard_ban_latency_seconds_count')).toBe(1)
  expect(samples.get('sipguard_ban_latency_seconds_bucket{le="0.0025"}')).toBe(0)
  expect(samples.get('sipguard_ban_latency_seconds_bucket{le="0.005"}')).toBe(1)
  expect(samples.get('sipguard_skips_total{why="allowed"}')).toBe(1)
  expect(samples.get('sipguard_alerts_total{alert="peer_failing"}')).toBe(1)
})

test('who follows the feed comes and goes, and who is hung up on is counted', async () => {
  const metrics = create()
  metrics.feedClients(1)
  metrics.feedClients(1)
  metrics.feedClients(-1)
  metrics.feedHungUp()
  const samples = await scrape(metrics)
  expect(samples.get('sipguard_feed_clients')).toBe(1)
  expect(samples.get('sipguard_feed_hung_up_total')).toBe(1)
})

test('how far lines lie behind is counted in buckets', async () => {
  const metrics = create()
  metrics.lag(0.4)
  metrics.lag(90)
  const samples = await scrape(metrics)
  expect(samples.get('sipguard_line_lag_seconds_bucket{le="0.5"}')).toBe(1)
  expect(samples.get('sipguard_line_lag_seconds_bucket{le="60"}')).toBe(1)
  expect(samples.get('sipguard_line_lag_seconds_bucket{le="150"}')).toBe(2)
})

test('the process tells its memory, its processor time and its start', async () => {
  const samples = await scrape(create())
  expect(samples.get('sipguard_process_resident_memory_bytes')).toBeGreaterThan(1e7)
  expect(samples.get('sipguard_process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(samples.get('sipguard_process_start_time_seconds')).toBeLessThanOrEqual(Date.now() / 1000)
})

test('gauges are looked up at each scrape', async () => {
  const metrics = create()
  let keys = 5
  metrics.onScrape(() => ({
    bansActive: { ipv4: 2, ipv6: 1 },
    bansVerified: 2,
    degraded: ['source_unread', 'source_unread'],
    tailLagBytes: new Map([['a', 99]]),
    droppedLines: new Map([['a', keys]]),
    detectorKeys: keys,
    detectorEvicted: keys * 2,
    hepRefused: { version: keys * 3 },
    notifications: [{ name: 'mail-1', counts: { sent: keys, failed: 0 } }],
    fleet: { reachable: 1, outbox: 3, lagSeconds: 0.25, countsPending: 4, countsDropped: keys * 3, nodes: { heard: 2, silent: 1 } },
  }))
  const first = await scrape(metrics)
  expect(first.get('sipguard_bans_active{family="ipv4"}')).toBe(2)
  expect(first.get('sipguard_bans_active{family="ipv6"}')).toBe(1)
  expect(first.get('sipguard_bans_verified')).toBe(2)
  expect(first.get('sipguard_degraded{kind="source_unread"}')).toBe(2)
  expect(first.get('sipguard_degraded{kind="degraded"}')).toBe(0)
  expect(first.get('sipguard_fleet_nodes{state="heard"}')).toBe(2)
  expect(first.get('sipguard_fleet_nodes{state="silent"}')).toBe(1)
  expect(first.get('sipguard_tail_lag_bytes{source="a"}')).toBe(99)
  expect(first.get('sipguard_source_dropped_lines_total{source="a"}')).toBe(5)
  expect(first.get('sipguard_fleet_reachable')).toBe(1)
  expect(first.get('sipguard_fleet_outbox')).toBe(3)
  expect(first.get('sipguard_fleet_lag_seconds')).toBe(0.25)
  expect(first.get('sipguard_fleet_counts_pending')).toBe(4)
  keys = 7
  const second = await scrape(metrics)
  expect(second.get('sipguard_detector_keys')).toBe(7)
  expect(second.get('sipguard_detector_evicted_total')).toBe(14)
  expect(second.get('sipguard_source_dropped_lines_total{source="a"}')).toBe(7)
  expect(second.get('sipguard_hep_refused_total{reason="version"}')).toBe(21)
  expect(second.get('sipguard_notifications_total{channel="mail-1",outcome="sent"}')).toBe(7)
  expect(second.get('sipguard_fleet_counts_dropped_total')).toBe(21)
})

test('two sets of metrics in one process know nothing of each other', async () => {
  const one = create()
  const other = create()
  one.ban('sip-auth', null)
  expect((await scrape(other)).has('sipguard_bans_total{jail="sip-auth"}')).toBe(false)
})

test('a path with quotes and newlines stays one label', async () => {
  const metrics = create()
  metrics.lines('a"}\nsipguard_fake 1', 'cut', 1)
  expect((await scrape(metrics)).get('sipguard_lines_total{source="a\\"}\\nsipguard_fake 1",outcome="cut"}')).toBe(1)
})

test('every metric has a help text and a type', async () => {
  const text = await create().text()
  const named = (word: string) => [...text.matchAll(new RegExp(`^# ${word} (\\S+) \\S`, 'gm'))].map(([, name]) => name)
  expect(named('HELP')).toEqual(named('TYPE'))
  expect(named('HELP').toSorted()).toEqual([
    'sipguard_alerts_total',
    'sipguard_ban_latency_seconds',
    'sipguard_bans_active',
    'sipguard_bans_total',
    'sipguard_bans_verified',
    'sipguard_build_info',
    'sipguard_degraded',
    'sipguard_detector_evicted_total',
    'sipguard_detector_keys',
    'sipguard_events_total',
    'sipguard_feed_clients',
    'sipguard_feed_hung_up_total',
    'sipguard_fleet_counts_dropped_total',
    'sipguard_fleet_counts_pending',
    'sipguard_fleet_lag_seconds',
    'sipguard_fleet_nodes',
    'sipguard_fleet_outbox',
    'sipguard_fleet_reachable',
    'sipguard_hep_refused_total',
    'sipguard_line_lag_seconds',
    'sipguard_lines_total',
    'sipguard_notifications_total',
    'sipguard_process_cpu_seconds_total',
    'sipguard_process_resident_memory_bytes',
    'sipguard_process_start_time_seconds',
    'sipguard_skips_total',
    'sipguard_source_dropped_lines_total',
    'sipguard_tail_lag_bytes',
  ])
})
