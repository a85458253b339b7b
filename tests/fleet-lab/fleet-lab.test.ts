import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { distributedAttack } from './distributed.ts'
import type { Finding } from './finding.ts'
import { Fleet } from './fleet.ts'
import { outages } from './outages.ts'
import { partition } from './partition.ts'

const unmet = (findings: readonly Finding[]) => findings.filter(({ isMet }) => !isMet)

// `npm run fleet` does more of the same with twenty nodes, and measures.
describe.skipIf(needs('root', 'ip', 'nft', 'redis-server'))('three nodes in network namespaces that share a Redis', () => {
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await Fleet.make(3)
    await fleet.start()
    await fleet.connected()
  })
  afterAll(() => fleet?.close())

  test('all drop whom none of them alone would ban, at the last guess and not before', { timeout: 60_000 }, async () => {
    expect(unmet(await distributedAttack(fleet, 3))).toEqual([])
  })

  test('agree when they meet again after a partition, whatever each half decided', { timeout: 120_000 }, async () => {
    expect(unmet(await partition(fleet, 1))).toEqual([])
  })

  test('lose no ban and bring none back while Redis and nodes are killed and cut off', { timeout: 180_000 }, async () => {
    expect(unmet(await outages(fleet, { seed: 7, rounds: 8 }))).toEqual([])
    // That there was something to lose. How much is left depends on whose commands had no answer.
    expect(fleet.expected.size).toBeGreaterThan(10)
  })
})
