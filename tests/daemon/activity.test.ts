import { expect, test } from 'vitest'
import { createActivity } from '../../src/daemon/activity.ts'
import { RecentAddresses } from '../../src/explain/recent-addresses.ts'
import { anEvent } from '../api/feed-samples.ts'

const MINUTE = 6e4
const HOUR = 60 * MINUTE
/** The start of an hour. */
const NOON = Date.UTC(2026, 0, 15, 12)
const start = () => createActivity(new RecentAddresses())

test('events and bans are counted by kind and minute of receipt, oldest first', () => {
  const activity = start()
  activity.event(anEvent({ atMs: 0 }), NOON)
  activity.event(anEvent(), NOON + MINUTE - 1)
  activity.event(anEvent({ kind: 'flood' }), NOON + 2 * MINUTE)
  activity.ban(NOON + 2 * MINUTE)
  const { fromMs, kinds, bans } = activity.read(4, 20, NOON + 3 * MINUTE)
  expect(fromMs).toBe(NOON)
  expect(Object.fromEntries(kinds)).toEqual({ failed_registration: [2, 0, 0, 0], flood: [0, 0, 1, 0] })
  expect(bans).toEqual([0, 0, 1, 0])
})

test('nothing was before the first event', () => {
  expect(start().read(2, 20, NOON)).toEqual({ fromMs: NOON - MINUTE, kinds: new Map(), bans: [0, 0], attackers: [], targets: [] })
})

test('what is a day old is forgotten, however long nothing came', () => {
  const activity = start()
  activity.event(anEvent(), NOON)
  activity.event(anEvent(), NOON + MINUTE)
  const sum = (nowMs: number) => (activity.read(1440, 20, nowMs).kinds.get('failed_registration') ?? []).reduce((a, b) => a + b, 0)
  expect(sum(NOON + 1439 * MINUTE)).toBe(2)
  expect(sum(NOON + 1440 * MINUTE)).toBe(1)
  activity.event(anEvent(), NOON + 1440 * MINUTE)
  expect(sum(NOON + 5000 * MINUTE)).toBe(0)
})

test('a clock that goes back counts in the newest minute', () => {
  const activity = start()
  activity.event(anEvent(), NOON)
  activity.event(anEvent(), NOON - HOUR)
  expect(activity.read(1, 20, NOON - HOUR)).toMatchObject({ fromMs: NOON, attackers: [['192.0.2.7', { count: 2 }]] })
})

test('attackers and targets are told by counted events, most first, and no more than asked for', () => {
  const activity = start()
  for (let i = 0; i < 3; i++) activity.event(anEvent({ ip: '192.0.2.1', user: '1001' }), NOON)
  for (let i = 0; i < 5; i++) activity.event(anEvent({ ip: '192.0.2.2', user: '1002' }), NOON + 1)
  activity.event(anEvent({ ip: '192.0.2.3', user: null }), NOON)
  activity.event(anEvent({ ip: null, counted: false }), NOON)
  activity.event(anEvent({ ip: '192.0.2.4', counted: false, kind: 'registration' }), NOON)
  const { attackers, targets } = activity.read(60, 2, NOON)
  expect(attackers).toEqual([
    ['192.0.2.2', { count: 5, lastMs: NOON + 1 }],
    ['192.0.2.1', { count: 3, lastMs: NOON }],
  ])
  expect(targets.map(([user, { count }]) => [user, count])).toEqual([
    ['1002@example.com', 5],
    ['1001@example.com', 3],
  ])
})

test('hours are added up, and who did not come within the time asked for is left out', () => {
  const activity = start()
  activity.event(anEvent({ ip: '192.0.2.1' }), NOON - 2 * HOUR)
  activity.event(anEvent({ ip: '192.0.2.2' }), NOON - 50 * MINUTE)
  activity.event(anEvent({ ip: '192.0.2.3' }), NOON - 5 * MINUTE)
  activity.event(anEvent({ ip: '192.0.2.3' }), NOON + MINUTE)
  const told = (minutes: number) => activity.read(minutes, 20, NOON + MINUTE).attackers.map(([ip, { count }]) => `${ip} ${count}`)
  expect(told(10)).toEqual(['192.0.2.3 2'])
  expect(told(60)).toEqual(['192.0.2.3 2', '192.0.2.2 1'])
  expect(told(180)).toEqual(['192.0.2.3 2', '192.0.2.2 1', '192.0.2.1 1'])
})

test('an attacker among more addresses than are remembered one by one is told with all he did', () => {
  const activity = createActivity(new RecentAddresses(8))
  for (let i = 0; i < 300; i++) activity.event(anEvent({ ip: `192.0.2.${i % 100}` }), NOON + i)
  activity.event(anEvent({ ip: '192.0.2.1' }), NOON + HOUR)
  expect(activity.read(120, 200, NOON + HOUR).attackers).toHaveLength(100)
  expect(activity.read(120, 2, NOON + HOUR).attackers).toEqual([
    ['192.0.2.1', { count: 4, lastMs: NOON + HOUR }],
    ['192.0.2.99', { count: 3, lastMs: NOON + 299 }],
  ])
})
