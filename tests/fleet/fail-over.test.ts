import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../src/fleet/connection.ts'
import { createSharedCounts } from '../../src/fleet/counts.ts'
import { markerOf } from '../../src/fleet/counts-keys.ts'
import { needs } from '../require.ts'
import { brief, countingOf } from './countings.ts'
import { type RedisCluster, type RedisServer, startCluster, until } from './redis-server.ts'
import { allBan, banOn, LEDGER, simulatedFleet } from './simulated-fleet.ts'

describe.skipIf(needs('redis-server', 'redis-cli'))('a Cluster whose masters have replicas', { timeout: 60_000 }, () => {
  const fleet = simulatedFleet()
  /** Whatever was written to this master before has come to its replica; `tag` is of one of its slots. */
  async function copied({ url }: RedisServer, tag: string): Promise<void> {
    const direct = new Redis(url)
    await direct.set(`{${tag}}`, 'copied')
    expect(await direct.wait(1, 5000)).toBe(1)
    direct.disconnect()
  }
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startCluster({ replicas: true })
  }, 60_000)
  afterAll(() => cluster.close())

  test('goes on deciding and counting when a master is killed and its replica takes its place', async () => {
    const [a, b] = await fleet.pair({ urls: cluster.urls })
    const { client, ready, close } = connect(cluster.urls)
    const counts = createSharedCounts({ client })
    try {
      await ready()
      await a.ban('192.0.2.1')
      await allBan([b], [banOn('192.0.2.1')])
      const master = await cluster.masterOf(LEDGER)
      // Addresses whose windows lie on the master that is killed.
      const ips: string[] = []
      for (let i = 1; ips.length < 3; i++) {
        if ((await cluster.masterOf(markerOf('sipguard', `198.51.100.${i}`))) === master) ips.push(`198.51.100.${i}`)
      }
      const hit = (ip: string, name: string) => countingOf(`${ip}${name}`, 0, { network: ip })
      await counts.count(ips.flatMap((ip) => [hit(ip, 'a'), hit(ip, 'b')]))

      await copied(master, ips[0]!)
      await master.kill()
      await a.ban('192.0.2.2')
      await b.unban('192.0.2.1')
      expect(await counts.count(ips.map((ip) => hit(ip, 'c'))).then(brief)).toEqual(ips.map((ip) => `1: ${ip}a ${ip}b ${ip}c`))
      await allBan([a, b], [banOn('192.0.2.2')])
      await until(() => [a, b].every(({ fleet }) => fleet.status().outbox === 0 && fleet.status().reachable), 'both to be heard again')
      const newcomer = await fleet.node({ urls: cluster.urls })
      await allBan([newcomer], [banOn('192.0.2.2')])
      expect(await cluster.masterOf(LEDGER)).not.toBe(master)
    } finally {
      counts.close()
      close()
    }
  })
})
