import { expect, test } from 'vitest'
import { createDetector } from '../../src/detect/index.ts'
import { eventOf, HOUR, jailOf, SECOND, SWEEP } from './samples.ts'

const standing = (network: string, level: 'unknown' | 'phone' = 'unknown') => ({ level, network, own: false })

function detectorOf(...jails: ReturnType<typeof jailOf>[]) {
  return createDetector(jails, { maxKeys: 1000, sweep: SWEEP })
}

test('what counts against an address is told of each jail, the oldest hit first, and nobody else’s', () => {
  const detector = detectorOf(jailOf({ maxretry: 5 }), jailOf({ name: 'sip-users', distinct: 'user', maxretry: 5, findtimeMs: HOUR }))
  for (const [i, user] of ['a', 'b', 'a'].entries()) {
    detector.observe(eventOf({ id: `n:g:${i}`, user, atMs: i * SECOND }), standing('192.0.2.1'))
    detector.observe(eventOf({ ip: '192.0.2.10', user, atMs: i * SECOND }), standing('192.0.2.10'))
  }
  const windows = detector.openWindows('192.0.2.1')
  expect(windows).toMatchObject([
    { jail: 'sip-test', key: '192.0.2.1', count: 3, maxretry: 5, findtimeMs: 10 * SECOND, bans: true, spared: false },
    { jail: 'sip-users', key: '192.0.2.1', count: 2, maxretry: 5 },
  ])
  expect(windows[0]!.hits.map(({ id }) => id)).toEqual(['n:g:0', 'n:g:1', 'n:g:2'])
  expect(detector.openWindows(null)).toHaveLength(4)
  expect(detector.openWindows('192.0.2.11')).toEqual([])
})

test('hits that no longer lie within findtime of the newest are not counted', () => {
  const detector = detectorOf(jailOf({ maxretry: 5 }))
  for (const atMs of [0, 11 * SECOND]) detector.observe(eventOf({ atMs }), standing('192.0.2.1'))
  expect(detector.openWindows('192.0.2.1')).toMatchObject([{ count: 1 }])
})

test('a /64, an endpoint, and a user whom an address tried are found by the address', () => {
  const second = { by: ['user', 'ip'] as const, maxretry: 9, findtimeMs: HOUR, bantimeMs: HOUR }
  const detector = detectorOf(jailOf({ maxretry: 5 }), jailOf({ name: 'sip-user', by: ['user'], distinct: 'ip', maxretry: 5, second }))
  detector.observe(eventOf({ ip: '2001:db8::7' }), standing('2001:db8::/64'))
  detector.observe(eventOf({ ip: '192.0.2.1' }), standing('192.0.2.1', 'phone'))
  const keys = (ip: string) => detector.openWindows(ip).map(({ jail, stage, key, bans }) => [jail, stage, key, bans])
  expect(keys('2001:db8::7')).toContainEqual(['sip-test', 1, '2001:db8::/64', true])
  expect(keys('2001:db8::/64')).toContainEqual(['sip-test', 1, '2001:db8::/64', true])
  expect(keys('192.0.2.1')).toContainEqual(['sip-test', 1, '192.0.2.1:5060/any', true])
  expect(keys('192.0.2.1')).toContainEqual(['sip-user', 1, '1001@example.com', false])
  expect(detector.openWindows('192.0.2.1').find(({ jail }) => jail === 'sip-user')).toMatchObject({ count: 2 })
})

test('a window that a success holds back is told as spared', () => {
  const detector = detectorOf(jailOf({ unless: 'success' }))
  detector.noteSuccess('192.0.2.1', 0)
  for (let i = 0; i < 4; i++) detector.observe(eventOf(), standing('192.0.2.1'))
  expect(detector.openWindows('192.0.2.1')).toMatchObject([{ count: 4, maxretry: 3, spared: true }])
})

test('until when an address is forgotten is told', () => {
  const detector = detectorOf(jailOf())
  expect(detector.forgottenUntil('192.0.2.1')).toBe(Number.NEGATIVE_INFINITY)
  detector.forget('192.0.2.1', 500)
  expect(detector.forgottenUntil('192.0.2.1')).toBe(500)
})

test('what an unban made forgotten is not told, in no window of the address, before a new line comes as after it', () => {
  const byUser = jailOf({ name: 'sip-user', by: ['user'], distinct: 'ip', maxretry: 5 })
  const detector = detectorOf(jailOf({ maxretry: 5 }), jailOf({ name: 'sip-knock', kinds: ['door_knock'], maxretry: 5 }), byUser)
  const counts = (ip: string) => new Map(detector.openWindows(ip).map(({ jail, count }) => [jail, count]))
  for (const kind of ['failed_registration', 'door_knock'] as const) {
    detector.observe(eventOf({ kind, atMs: 100 }), standing('192.0.2.1'))
  }
  detector.observe(eventOf({ ip: '192.0.2.2', atMs: 100 }), standing('192.0.2.2'))
  detector.forget('192.0.2.1', 500)
  expect(detector.openWindows('192.0.2.1')).toEqual([])
  expect(counts('192.0.2.2')).toEqual(new Map(Object.entries({ 'sip-test': 1, 'sip-user': 1 })))
  detector.observe(eventOf({ atMs: 600 }), standing('192.0.2.1'))
  expect(counts('192.0.2.1')).toEqual(new Map(Object.entries({ 'sip-test': 1, 'sip-user': 2 })))
})
