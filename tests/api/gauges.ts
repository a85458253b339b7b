import type { Metrics } from '../../src/api/metrics.ts'

/** What is looked up at a scrape, at zero, with each label once. */
export const gaugesAtZero: Parameters<Metrics['onScrape']>[0] = () => ({
  ...{ bansActive: { ipv4: 0, ipv6: 0 }, bansVerified: 0, degraded: [], detectorKeys: 0, detectorEvicted: 0 },
  ...{ tailLagBytes: new Map([['a', 0]]), droppedLines: new Map([['a', 0]]), hepRefused: { key: 0 } },
  notifications: [{ name: 'a', counts: { sent: 0, failed: 0, given_up: 0, dropped: 0 } }],
  fleet: { reachable: 0, outbox: 0, lagSeconds: 0, countsPending: 0, countsDropped: 0, nodes: { heard: 0, silent: 0 } },
})
