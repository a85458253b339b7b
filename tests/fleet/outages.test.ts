import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { type RedisServer, startRedis, until } from './redis-server.ts'
import { allBan, banOn, LEDGER, simulatedFleet } from './simulated-fleet.ts'
import type { SimulatedNode } from './simulated-node.ts'
import { startProxy, type TcpProxy } from './tcp-proxy.ts'

const ip = '192.0.2.7'
const target = banOn(ip)

describe.skipIf(needs('redis-server'))('a fleet in an outage', () => {
  const fleet = simulatedFleet()
  let redis: RedisServer
  let direct: Redis
  const proxies: TcpProxy[] = []
  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url, { retryStrategy: () => 50 })
    direct.on('error', () => {})
  })
  afterAll(async () => {
    direct.disconnect()
    await redis.close()
  })
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close()
  })
  const empty = async () => void (await direct.flushall())
  const urls = () => [redis.url]

  async function proxy(delayMs = 0): Promise<TcpProxy> {
    const started = await startProxy(redis.port, delayMs)
    proxies.push(started)
    return started
  }

  describe('a node that was away', () => {
    beforeEach(empty)

    test('goes on reading where it was', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      await a.ban('192.0.2.1')
      await allBan([b], [banOn('192.0.2.1')])
      const dir = await fleet.kill(b)
      await a.ban('192.0.2.2')
      const again = await fleet.node({ urls: urls(), dir })
      await allBan([again], [banOn('192.0.2.1'), banOn('192.0.2.2')])
      expect(again.delivered).toMatchObject([{ ban: { ip: '192.0.2.2' } }])
      expect(again.fleet.status().resyncs).toBe(0)
    })

    test('for longer than the stream holds takes the whole ledger', async () => {
      const [a, b] = await fleet.pair({ urls: urls(), streamLength: 100 })
      await a.ban('192.0.2.1')
      await allBan([b], [banOn('192.0.2.1')])
      const dir = await fleet.kill(b)
      const ips = Array.from({ length: 400 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
      await Promise.all(ips.map((one) => a.ban(one)))
      await a.unban('192.0.2.1')
      await until(() => a.fleet.status().outbox === 0, 'all to be written')
      expect(await direct.xlen(`${LEDGER}:stream`)).toBeLessThan(300)
      const again = await fleet.node({ urls: urls(), dir, streamLength: 100 })
      await allBan([again], a.banned())
      expect(again.bans.size).toBe(400)
      await until(() => again.fleet.status().resyncs === 1, 'all of it to be taken')
    })

    test('or only slow, while the stream was trimmed before it had read it, misses nothing', async () => {
      const [a, b] = await fleet.pair({ urls: urls(), streamLength: 100 })
      const { promise, resolve } = Promise.withResolvers<void>()
      b.isBusyUntil(promise)
      await a.ban('192.0.2.1')
      await allBan([b], [banOn('192.0.2.1')])
      await Promise.all(Array.from({ length: 400 }, (_, i) => a.ban(`10.0.${i >> 8}.${i & 255}`)))
      await until(() => a.fleet.status().outbox === 0, 'all to be written')
      expect(b.bans.size).toBe(1)
      resolve()
      await allBan([b], a.banned())
      expect(b.bans.size).toBe(401)
      await until(() => b.fleet.status().resyncs === 2, 'all of it to be taken')
    })

    test('and was killed with a decision that had not left tells it when it is back', async () => {
      const path = await proxy()
      const a = await fleet.node({ urls: [path.url] })
      const b = await fleet.node({ urls: urls() })
      await Promise.all([a.reached(), b.reached()])
      path.cut()
      await until(() => !a.fleet.status().reachable, 'the cut to be noticed')
      await a.ban(ip)
      expect(a.fleet.status().outbox).toBe(1)
      const dir = await fleet.kill(a)
      const again = await fleet.node({ urls: urls(), dir })
      await allBan([again, b], [target])
      await until(() => again.fleet.status().outbox === 0, 'the outbox to be empty')
    })
  })

  describe('with Redis gone', () => {
    beforeEach(empty)

    test('for good, a node decides, says so, and loses nothing', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      await redis.kill()
      await until(() => !a.fleet.status().reachable && !b.fleet.status().reachable, 'the end to be noticed')
      expect(a.troubles.at(-1)).toEqual(expect.any(String))
      await a.ban(ip)
      expect(a.fleet.status()).toMatchObject({ reachable: false, outbox: 1, lastError: expect.any(String) })
      await redis.start()
      await allBan([a, b], [target])
      await until(() => a.troubles.at(-1) === null, 'the end of the trouble to be told')
      expect(a.fleet.status()).toMatchObject({ reachable: true, lastError: null })
    })

    test('from the start, a node starts at once all the same', async () => {
      await redis.kill()
      const a = await fleet.node({ urls: urls() })
      await a.ban(ip)
      await until(() => a.troubles.length === 1, 'the trouble to be told')
      await redis.start()
      const b = await fleet.node({ urls: urls() })
      await allBan([a, b], [target])
    })

    test('and back empty, it is filled again: no ban is lost and none that was lifted comes back', async () => {
      const [a, b, c] = (await fleet.several(3, { urls: urls() })) as [SimulatedNode, SimulatedNode, SimulatedNode]
      await a.ban('192.0.2.1', { untilMs: null })
      await b.ban('192.0.2.2')
      await c.ban('192.0.2.3')
      await allBan([a, b, c], ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(banOn))
      // One node sleeps over the unban, and knows the ban.
      const dir = await fleet.kill(c)
      await a.unban('192.0.2.1')
      await allBan([b], [banOn('192.0.2.2'), banOn('192.0.2.3')])
      await redis.kill()
      await redis.start()
      const again = await fleet.node({ urls: urls(), dir })
      await allBan([a, b, again], [banOn('192.0.2.2'), banOn('192.0.2.3')])
      await until(async () => (await direct.hget(LEDGER, banOn('192.0.2.3'))) !== null, 'Redis to be filled')
      expect(await direct.hget(LEDGER, 'unban 192.0.2.1')).toMatch(/"kind":"unban"/)
      const newcomer = await fleet.node({ urls: urls() })
      await allBan([newcomer], [banOn('192.0.2.2'), banOn('192.0.2.3')])
    })

    test('emptied under a standing connection, it is noticed and filled again', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      await a.ban(ip)
      await allBan([b], [target])
      await direct.flushall()
      await until(async () => (await direct.hget(LEDGER, target)) !== null, 'Redis to be filled')
      const newcomer = await fleet.node({ urls: urls() })
      await allBan([newcomer], [target])
      expect(b.fleet.status().reachable).toBe(true)
    })

    test('and back with an older dump of itself, whose stream goes backwards, it is brought up to date', async () => {
      const [a, b] = await fleet.pair({ urls: urls() })
      await a.ban('192.0.2.1')
      await allBan([b], [banOn('192.0.2.1')])
      await direct.save()
      await a.ban('192.0.2.2')
      await b.unban('192.0.2.1')
      await allBan([a, b], [banOn('192.0.2.2')])
      const [[last] = ['']] = await direct.xrevrange(`${LEDGER}:stream`, '+', '-', 'COUNT', 1)
      const before = [a, b].map(({ fleet }) => fleet.status().resyncs)
      await redis.kill()
      await redis.start()
      await until(async () => (await direct.hget(LEDGER, banOn('192.0.2.2'))) !== null, 'what it lost to be written again')
      expect(await direct.hget(LEDGER, 'unban 192.0.2.1')).toMatch(/"kind":"unban"/)
      expect((await direct.xrange(`${LEDGER}:stream`, last, last)).length).toBe(0)
      await until(() => [a, b].every(({ fleet }, i) => fleet.status().resyncs > before[i]!), 'both to take the whole of it')
      expect([...a.banned(), ...b.banned()]).toEqual([banOn('192.0.2.2'), banOn('192.0.2.2')])
      await b.ban('192.0.2.3')
      await allBan([a, b], ['192.0.2.2', '192.0.2.3'].map(banOn))
    })
  })

  test('what a fail-over lost is written again, though the stream goes on', async () => {
    await empty()
    const path = await proxy()
    const a = await fleet.node({ urls: [path.url] })
    await a.reached()
    await a.ban('192.0.2.1')
    await until(() => a.fleet.status().outbox === 0, 'the first to be written')
    await a.ban('192.0.2.2')
    await until(() => a.fleet.status().outbox === 0, 'the second to be written')
    const [first] = await direct.xrange(`${LEDGER}:stream`, '-', '+')
    await direct.hdel(LEDGER, banOn('192.0.2.1'))
    await direct.xdel(`${LEDGER}:stream`, first![0])
    const b = await fleet.node({ urls: urls() })
    await allBan([b], [banOn('192.0.2.2')])
    path.cut()
    await until(() => !a.fleet.status().reachable, 'the cut to be noticed')
    path.heal()
    await allBan([b], ['192.0.2.1', '192.0.2.2'].map(banOn))
    expect(a.fleet.status().resyncs).toBe(1)
  })

  describe('a network', () => {
    beforeEach(empty)

    test('that parts two halves and joins them again leaves both with the latest of each decision', async () => {
      const path = await proxy()
      const left = await fleet.node({ urls: [path.url] })
      const right = await fleet.node({ urls: urls() })
      await Promise.all([left.reached(), right.reached()])
      await left.ban('192.0.2.1')
      await left.ban('192.0.2.2')
      await allBan([right], ['192.0.2.1', '192.0.2.2'].map(banOn))
      path.cut()
      await until(() => !left.fleet.status().reachable, 'the cut to be noticed')
      const atMs = Date.now()
      await left.unban('192.0.2.1', atMs + 1)
      await right.ban('192.0.2.1', { nth: 2, untilMs: atMs + 72e5 }, atMs + 2)
      await left.ban('192.0.2.2', { nth: 2, untilMs: atMs + 72e5 }, atMs + 1)
      await right.unban('192.0.2.2', atMs + 2)
      await left.ban('192.0.2.3', { nth: 7 }, atMs + 2)
      await right.ban('192.0.2.3', { nth: 8 }, atMs + 1)
      path.heal()
      await allBan([left, right], ['192.0.2.1', '192.0.2.3'].map(banOn))
      await until(() => right.bans.get(banOn('192.0.2.3'))?.nth === 7, 'the later ban to win')
      expect(left.bans.get(banOn('192.0.2.3'))?.nth).toBe(7)
    })

    test('that fails and is back at once is nobody’s trouble', async () => {
      const path = await proxy()
      const [a, b] = await fleet.pair({ urls: [path.url] })
      path.cut()
      path.heal()
      await a.ban(ip)
      await allBan([b], [target])
      expect([...a.troubles, ...b.troubles]).toEqual([])
    })

    test('that is slow makes it later, no more', async () => {
      const path = await proxy(100)
      const [a, b] = await fleet.pair({ urls: [path.url] })
      await a.ban(ip)
      await allBan([a, b], [target])
      await b.unban(ip)
      await allBan([a, b], [])
      expect(a.fleet.status().reachable).toBe(true)
    })

    test('that swallows everything is noticed, and what waited leaves when it is over', async () => {
      const path = await proxy()
      const a = await fleet.node({ urls: [path.url] })
      const b = await fleet.node({ urls: urls() })
      await Promise.all([a.reached(), b.reached()])
      path.hold()
      await a.ban(ip)
      await until(() => !a.fleet.status().reachable, 'the silence to be noticed')
      expect(a.fleet.status()).toMatchObject({ outbox: 1, lastError: expect.stringMatching(/^no answer from Redis within /) })
      path.heal()
      await allBan([a, b], [target])
    })
  })
})
