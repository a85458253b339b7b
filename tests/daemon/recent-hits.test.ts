import { expect, test } from 'vitest'
import { createRecentHits } from '../../src/daemon/recent-hits.ts'
import { RecentAddresses } from '../../src/explain/recent-addresses.ts'

test('no hit is lost: what is taken of those that go and what is held are all there were', () => {
  const taken = new Map<string, number>()
  const addresses = new RecentAddresses(4)
  const hits = createRecentHits(addresses, (ip, { count }) => taken.set(ip, (taken.get(ip) ?? 0) + count))
  for (let i = 0; i < 60; i++) hits.note(`192.0.2.${i % 10}`, i)
  expect(taken.size).toBeGreaterThan(0)
  const held = new Map(hits.read())
  expect(held.size).toBeLessThanOrEqual(4)
  const all = Array.from({ length: 10 }, (_, i) => (taken.get(`192.0.2.${i}`) ?? 0) + (held.get(`192.0.2.${i}`)?.count ?? 0))
  expect(all).toEqual(Array(10).fill(6))
})

test('all are taken at once, each with its count and the time of the newest', () => {
  const taken: unknown[] = []
  const hits = createRecentHits(new RecentAddresses(), (ip, hitter) => taken.push([ip, hitter]))
  hits.note('192.0.2.1', 5)
  hits.note('192.0.2.2', 6)
  hits.note('192.0.2.1', 7)
  hits.takeAll()
  expect(taken).toEqual([
    ['192.0.2.1', { count: 2, lastMs: 7 }],
    ['192.0.2.2', { count: 1, lastMs: 6 }],
  ])
  expect([...hits.read()]).toEqual([])
})
