import { expect, test } from 'vitest'
import { type FleetLinkStatus, fleetGauges, fleetReport, standingBans } from '../../src/daemon/fleet-report.ts'
import { aBan } from '../api/fake-control.ts'

const NOW = Date.UTC(2026, 0, 15, 10)
const node = (id: string, heardMs: number) => ({
  ...{ id, name: `sbc${id}`, version: '1', addresses: ['192.0.2.1'], seenMs: 0, heardMs, lagMs: 5, enforced: 3, verified: 2 },
})
const status = (fields: Partial<FleetLinkStatus> = {}): FleetLinkStatus => ({
  ...{ reachable: true, sinceMs: NOW - 1000, lastError: null, outbox: 1, lagMs: 250, entries: 4, refused: 2, resyncs: 3, nodes: [] },
  counting: { reachable: false, lastError: 'OOM', pending: 5, dropped: 6, counted: 7 },
  ...fields,
})

test('a node is silent when it was not heard of for more than 30 s', () => {
  const report = fleetReport(status({ nodes: [node('1', NOW - 30_000), node('2', NOW - 30_001)] }), NOW)
  expect(report).toEqual({
    ...{ reachable: true, since: '2026-01-15T09:59:59.000Z', last_error: null, outbox: 1, lag_ms: 250, entries: 4, refused: 2, resyncs: 3 },
    counting: { pending: 5, dropped: 6, counted: 7, last_error: 'OOM' },
    nodes: [
      {
        ...{ id: '1', name: 'sbc1', version: '1', seen_at: '2026-01-15T09:59:30.000Z', silent: false },
        ...{ lag_ms: 5, bans: 3, verified: 2 },
      },
      {
        ...{ id: '2', name: 'sbc2', version: '1', seen_at: '2026-01-15T09:59:29.999Z', silent: true },
        ...{ lag_ms: 5, bans: 3, verified: 2 },
      },
    ],
  })
})

test('a node that has read nothing yet is behind for as long as that has been so', () => {
  expect(fleetGauges(status({ nodes: [node('1', NOW), node('2', NOW - 30_001), node('3', 0)] }), NOW)).toEqual({
    ...{ reachable: 1, outbox: 1, lagSeconds: 0.25, countsPending: 5, countsDropped: 6 },
    nodes: { heard: 1, silent: 2 },
  })
  expect(fleetGauges(status({ reachable: false, lagMs: null }), NOW)).toMatchObject({ reachable: 0, lagSeconds: 1 })
})

test('without a fleet there is nothing to say', () => {
  expect(fleetReport(null, NOW)).toBeNull()
  expect(fleetGauges(null, NOW)).toEqual({
    ...{ reachable: 0, outbox: 0, lagSeconds: 0, countsPending: 0, countsDropped: 0 },
    nodes: { heard: 0, silent: 0 },
  })
})

test('of what is decided the bans stand that have not ended, the newest first', () => {
  const ban = (ip: string, fromMs: number, untilMs: number | null) => ({
    ...{ kind: 'ban' as const, ban: aBan({ ip, fromMs, untilMs }), atMs: fromMs, node: 'n1' },
  })
  const unban = { kind: 'unban' as const, target: '192.0.2.4', atMs: NOW, node: 'n1' }
  const standing = [ban('192.0.2.1', 1, null), ban('192.0.2.2', 2, NOW), unban, ban('192.0.2.3', 3, NOW + 1)]
  expect(standingBans(standing, NOW).map(({ ip }) => ip)).toEqual(['192.0.2.3', '192.0.2.1'])
})
