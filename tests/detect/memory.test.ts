import { expect, test } from 'vitest'
import { CHUNK } from '../../src/detect/record-log.ts'
import { recordsIn } from './kept-rows.ts'
import { callJailOf, callOf, detectorWith, HOUR, SECOND } from './samples.ts'

test('under 200 000 keys memory stays bounded and the attackers are still found', () => {
  const maxKeys = 10_000
  const detector = detectorWith([callJailOf({ maxretry: 5, findtimeMs: HOUR })], { maxKeys })
  const found = new Set<string>()
  let most = 0
  for (let i = 0; i < 200_000; i++) {
    detector.observe(callOf({ ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, atMs: i }))
    // Each of 40 attackers comes back after some thousands of others.
    if (i % 100 === 0) {
      const ip = `192.0.2.${(i / 100) % 40}`
      for (const detection of detector.observe(callOf({ ip, atMs: i }))) found.add(detection.ip)
    }
    most = Math.max(most, detector.sizes().keys)
  }
  expect(most).toBe(maxKeys)
  expect(found.size).toBe(40)
  expect(detector.sizes().evicted).toBeGreaterThanOrEqual(200_000 + 40 - maxKeys)
})

test('the key with the fewest hits goes first, the oldest of them; what was counted of the others is kept', () => {
  const detector = detectorWith([callJailOf()], { maxKeys: 3 })
  const hit = (ip: string, second: number) => detector.observe(callOf({ ip, atMs: second * SECOND })).length
  hit('192.0.2.1', 0)
  hit('192.0.2.1', 1)
  hit('192.0.2.2', 2)
  hit('192.0.2.3', 3)
  hit('192.0.2.4', 4)
  expect(detector.sizes()).toEqual({ keys: 3, evicted: 1 })
  hit('192.0.2.3', 5)
  expect(hit('192.0.2.1', 6)).toBe(1)
  expect(hit('192.0.2.3', 7)).toBe(1)
  hit('192.0.2.2', 7)
  expect(hit('192.0.2.2', 8)).toBe(0)
})

test('a key that arrives finds room even where all others are more dangerous', () => {
  const detector = detectorWith([callJailOf({ maxretry: 3 })], { maxKeys: 2 })
  const hit = (ip: string) => detector.observe(callOf({ ip })).length
  for (const ip of ['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.3', '192.0.2.3']) hit(ip)
  expect(hit('192.0.2.3')).toBe(1)
})

test('a user under attack is not forgotten in a flood of others', () => {
  const detector = detectorWith(
    [
      callJailOf({
        by: ['user'],
        distinct: 'ip',
        findtimeMs: HOUR,
        second: { by: ['user', 'ip'], maxretry: 2, findtimeMs: HOUR, bantimeMs: 1 },
      }),
    ],
    { maxKeys: 50 },
  )
  for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) detector.observe(callOf({ ip }))
  for (let i = 0; i < 500; i++) detector.observe(callOf({ user: `noise${i}`, atMs: i }))
  detector.observe(callOf({ ip: '198.51.100.1', atMs: SECOND }))
  expect(detector.observe(callOf({ ip: '198.51.100.1', atMs: SECOND })).map(({ stage }) => stage)).toEqual([2])
})

test('an evicted key leaves the journal', () => {
  const detector = detectorWith([callJailOf()], { maxKeys: 1 })
  detector.observe(callOf({ ip: '192.0.2.1' }))
  detector.drain()
  detector.observe(callOf({ ip: '192.0.2.2' }))
  expect(recordsIn(detector.drain())).toEqual({ written: ['0 192.0.2.2'], gone: ['0 192.0.2.1'] })
})

test('a restored detector lets the oldest go first, in whatever order the rows came', () => {
  const before = detectorWith([callJailOf()], { maxKeys: 3 })
  for (const [ip, second] of [
    ['192.0.2.1', 0],
    ['192.0.2.2', 1],
    ['192.0.2.3', 2],
  ] as const)
    before.observe(callOf({ ip, atMs: second * SECOND }))
  const after = detectorWith([callJailOf()], { maxKeys: 3 })
  after.restore(before.drain().reverse())
  after.observe(callOf({ ip: '192.0.2.4', atMs: 3 * SECOND }))
  expect(recordsIn(after.drain()).gone).toEqual(['0 192.0.2.1'])
})

test('an address that is spared however many requests it sends keeps a bounded window', () => {
  const detector = detectorWith([callJailOf({ unless: 'success', findtimeMs: HOUR })], { maxKeys: 10 })
  detector.observe(callOf({ kind: 'registration', counted: false }))
  for (let i = 0; i < 5000; i++) expect(detector.observe(callOf({ atMs: i }))).toEqual([])
  const chunk = detector.drain().find(({ key }) => key.startsWith(CHUNK))
  expect(chunk!.data.length).toBeLessThan(1000)
})
