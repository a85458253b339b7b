import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDecisions } from '../../src/fleet/decisions.ts'
import { needs } from '../require.ts'
import { decisionsContract } from './decisions.contract.ts'
import { type RedisServer, startCluster, startRedis, until } from './redis-server.ts'
import { allBan, banAt, banOn, LEDGER, simulatedFleet } from './simulated-fleet.ts'

const ip = '192.0.2.7'
const target = banOn(ip)

describe.skipIf(needs('redis-server'))('decisions through Redis', () => {
  const fleet = simulatedFleet()
  let redis: RedisServer
  let direct: Redis
  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url, { retryStrategy: () => 50 })
    direct.on('error', () => {})
  })
  afterAll(async () => {
    direct.disconnect()
    await redis.close()
  })
  const empty = async () => void (await direct.flushall())
  const urls = () => [redis.url]

  describe('of one server', () => decisionsContract(urls, empty))

  describe('a ban that held before there was a fleet', () => {
    beforeEach(empty)

    test('is told, but never over what the fleet has decided of it', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      await a.unban('192.0.2.1')
      await until(() => b.delivered.length === 1, 'the unban')
      const atMs = Date.now() - 1000
      b.fleet.adopt({ kind: 'ban', ban: banAt('192.0.2.2', atMs) }, atMs)
      await b.ban('192.0.2.3')
      b.fleet.adopt({ kind: 'ban', ban: banAt('192.0.2.3', atMs) }, atMs)
      await b.ban('192.0.2.4')
      await allBan([a], ['192.0.2.2', '192.0.2.3', '192.0.2.4'].map(banOn))
      expect(a.bans.get(banOn('192.0.2.3'))?.fromMs).toBeGreaterThan(atMs)
    })
  })

  describe('what others wrote', () => {
    beforeEach(empty)

    test('and makes no sense is counted, and changes nothing', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      const epoch = await direct.hget(LEDGER, '#epoch')
      const bad = ['field', 'ban all', 'value', 'x', 'node', 'dddddddddddd', 'epoch', epoch!]
      await direct.xadd(`${LEDGER}:stream`, '*', ...bad)
      await direct.hset(LEDGER, 'ban all', 'no number at all')
      await a.ban(ip)
      await allBan([b], [target])
      expect(b.fleet.status().refused).toBe(1)
      const c = await fleet.node({ urls: urls() })
      await allBan([c], [target])
      expect(c.fleet.status().refused).toBe(1)
    })

    test('comes again where the node could not take it', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      b.refuse(2)
      await a.ban(ip)
      await allBan([b], [target])
      expect(b.delivered).toHaveLength(1)
    })
  })

  test('a user of Redis needs no more rights than these', async () => {
    await empty()
    const commands = 'eval evalsha hget hset hdel hscan hgetall xadd xread xrange xrevrange set time info'
    const rights = commands.split(' ').map((command) => `+${command}`)
    await direct.acl('SETUSER', 'sipguard', 'on', '>secret', 'resetkeys', '~sipguard:*', '-@all', ...rights)
    const url = `redis://sipguard:secret@127.0.0.1:${redis.port}`
    const [a, b] = await fleet.pair({ urls: [url] })
    await a.ban(ip)
    await allBan([b], [target])
    await until(() => a.fleet.status().nodes.length === 2, 'both to see each other')
    expect([...a.troubles, ...b.troubles]).toEqual([])
    expect((await direct.call('ACL', 'LOG')) as unknown[]).toEqual([])
  })

  test('a decision that the others would not read stays here, and is counted', async () => {
    await empty()
    const [a, b] = await fleet.pair({ urls: urls() })
    await a.ban('192.0.2.1', { jail: 'x'.repeat(100_000) })
    await a.ban(ip)
    await allBan([b], [target])
    expect(a.fleet.status()).toMatchObject({ refused: 1, outbox: 0 })
    expect(a.banned()).toEqual([banOn('192.0.2.1'), target])
  })

  test('what is over is removed from Redis', async () => {
    await empty()
    const [a, b] = await fleet.pair({ urls: urls() })
    const atMs = Date.now()
    await a.ban('192.0.2.1', {}, atMs - 10)
    await a.ban('192.0.2.2')
    await until(() => a.fleet.status().outbox === 0, 'both to be written')
    await direct.hset(LEDGER, banOn('192.0.2.3'), `1 ${a.id} 2 ${JSON.stringify({ kind: 'ban', ban: banAt('192.0.2.3', 1) })}`)
    await b.unban('192.0.2.1', atMs)
    await until(() => b.fleet.status().outbox === 0, 'the unban to be written')
    const sweeper = createDecisions({
      ...{ client: direct, node: 'cccccccccccc', prefix: 'sipguard', rows: [], mark: null, now: Date.now },
      ...{ onEntries: async () => {}, onState: () => {} },
    })
    sweeper.start()
    await until(() => sweeper.map.reachable, 'Redis to be read')
    await sweeper.map.sweep()
    await sweeper.map.stop()
    expect((await direct.hkeys(LEDGER)).sort()).toEqual(['#epoch', banOn('192.0.2.2'), 'unban 192.0.2.1'])
  })
})

describe.skipIf(needs('redis-server', 'redis-cli'))('decisions through a Redis Cluster of three masters', () => {
  let cluster: Awaited<ReturnType<typeof startCluster>>
  beforeAll(async () => {
    cluster = await startCluster()
  })
  afterAll(() => cluster.close())
  const empty = async () => {
    for (const { url } of cluster.servers) {
      const direct = new Redis(url)
      await direct.flushall()
      direct.disconnect()
    }
  }
  decisionsContract(() => cluster.urls, empty)
})
