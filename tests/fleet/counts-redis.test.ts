import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Connection, connect } from '../../src/fleet/connection.ts'
import { createSharedCounts, type SharedCounts, type SharedCountsOptions } from '../../src/fleet/counts.ts'
import { slotOfKey } from '../../src/fleet/counts-routes.ts'
import { needs } from '../require.ts'
import { brief, countingOf, jailOf, SECOND, START_MS, stuffingOf } from './countings.ts'
import { ReferenceCounts } from './counts-reference.ts'
import { type RedisServer, startRedis, until } from './redis-server.ts'
import { startProxy, type TcpProxy } from './tcp-proxy.ts'

const ipOf = (n: number) => `10.0.${n >> 8}.${n & 255}`
/** Each of another address, with an id as they are. */
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => countingOf(`f81d4fae7dec11d0:2049-1234567-18af3c:${from + i}`, 0, { network: ipOf(from + i) }))

describe.skipIf(needs('redis-server', 'redis-cli'))('shared counts in Redis', { timeout: 60_000 }, () => {
  let server: RedisServer
  let direct: Redis
  let proxy: TcpProxy
  const connections: Connection[] = []
  const open: SharedCounts[] = []

  function connected(url: string): Connection {
    const connection = connect([url])
    connections.push(connection)
    return connection
  }
  function countsOf({ client }: Connection, options: Partial<SharedCountsOptions> = {}): SharedCounts {
    const counts = createSharedCounts({ client, ...options })
    open.push(counts)
    return counts
  }
  async function throughProxy(options: Partial<SharedCountsOptions> = {}): Promise<SharedCounts> {
    const connection = connected(proxy.url)
    await connection.ready()
    return countsOf(connection, options)
  }

  beforeAll(async () => {
    server = await startRedis()
    const connection = connect([server.url])
    await connection.ready()
    direct = connection.client as Redis
  })
  afterAll(async () => {
    direct?.disconnect()
    await server?.close()
  })
  beforeEach(async () => {
    await direct.flushall()
    proxy = await startProxy(server.port)
  })
  afterEach(async () => {
    for (const counts of open.splice(0)) counts.close()
    for (const connection of connections.splice(0)) connection.close()
    await proxy.close()
  })

  test('an address holds at most 250 bytes for its first hit, and goes three findtimes after its last', async () => {
    await (await throughProxy()).count(many(1))
    const keys = await direct.keys('*')
    expect(keys).toEqual(['sipguard:{10.0.0.0}:1:1a2b3c4d:sip-auth'])
    expect(await direct.memory('USAGE', keys[0]!)).toBeLessThanOrEqual(250)
    const ttlMs = await direct.pttl(keys[0]!)
    expect(ttlMs).toBeGreaterThan(0)
    expect(ttlMs).toBeLessThanOrEqual(30 * SECOND)
  })

  test('an address that fails now and then holds no more for it', async () => {
    const seldom = Array.from({ length: 50 }, (_, i) => countingOf(`f81d4fae7dec11d0:2049-1234567-18af3c:${i}`, 30 * i))
    await (await throughProxy()).count(seldom)
    expect(await direct.memory('USAGE', 'sipguard:{192.0.2.7}:1:1a2b3c4d:sip-auth')).toBeLessThanOrEqual(250)
  })

  test('both stages of a jail by user have one slot, and all keys of a jail whose stages have nothing in common', async () => {
    // biome-ignore lint/suspicious/noThenProperty: a jail's key
    const apart = jailOf({ name: 'apart', then: { by: ['user'], maxretry: 3, findtimeMs: 10 * SECOND } })
    const second = { key: 'bob', mayFire: true, alone: false }
    await (await throughProxy()).count([stuffingOf('a', 0, 'bob', '192.0.2.1'), countingOf('b', 0, { jail: apart, second })])
    const keys = await direct.keys('*')
    expect(keys.sort()).toEqual([
      'sipguard:{j:apart}:1:1a2b3c4d:apart:192.0.2.7',
      'sipguard:{j:apart}:2:1a2b3c4d:apart:bob',
      'sipguard:{u:bob}:1:1a2b3c4d:sip-stuffing',
      'sipguard:{u:bob}:2:1a2b3c4d:sip-stuffing:bob 192.0.2.1',
    ])
  })

  test('the slot of a key is what Redis says it is', async () => {
    const keys = ['sipguard:{192.0.2.7}:1:x:y', 'plain', '{}braces', 'a{b', '{u:ünal}x', '{u:}{x}']
    const cluster = await startRedis({ args: ['--cluster-enabled', 'yes'] })
    const { client, ready, close } = connect([cluster.url])
    await ready()
    for (const key of keys) expect(slotOfKey(key)).toBe(await (client as Redis).cluster('KEYSLOT', key))
    close()
    await cluster.close()
  })

  test('scripts that Redis has forgotten are told again', async () => {
    const counts = await throughProxy()
    await counts.count([countingOf('a', 0)])
    await direct.script('FLUSH')
    expect(await counts.count([countingOf('b', 1), ...many(100)])).toEqual([])
    await direct.script('FLUSH')
    expect(brief(await counts.count([countingOf('c', 2)]))).toEqual(['1: a b c'])
    expect(counts.status()).toEqual({ reachable: true, lastError: null, pending: 0, dropped: 0, counted: 103 })
  })

  test('what a lost connection leaves in doubt is sent again, and counts once', async () => {
    const counts = await throughProxy()
    await counts.count([countingOf('a', 0)])
    proxy.hold()
    const doubtful = counts.count([countingOf('a', 0), countingOf('b', 1)])
    proxy.cut()
    await until(() => !counts.status().reachable, 'the loss to be noticed')
    proxy.heal()
    expect(await doubtful).toEqual([])
    expect(brief(await counts.count([countingOf('c', 2)]))).toEqual(['1: a b c'])
  })

  test('without Redis the newest wait, the oldest are dropped, and it goes on when Redis is back', async () => {
    let told = 0
    const counts = await throughProxy({ capacity: 100, onState: () => told++ })
    proxy.cut()
    const waiting = Array.from({ length: 50 }, (_, i) => counts.count(many(10, 10 * i)))
    await until(() => counts.status().dropped === 400, 'all but the newest to be dropped')
    expect(counts.status()).toMatchObject({ reachable: false, pending: 100, dropped: 400, counted: 0 })
    expect(counts.status().lastError).toEqual(expect.any(String))
    proxy.heal()
    expect((await Promise.all(waiting)).flat()).toEqual([])
    expect(counts.status()).toEqual({ reachable: true, lastError: null, pending: 0, dropped: 400, counted: 100 })
    expect(await direct.dbsize()).toBe(100)
    expect(told).toBeGreaterThanOrEqual(2)
  })

  test('a forgotten network is told to Redis when it is back', async () => {
    const counts = await throughProxy()
    await counts.count([countingOf('a', 0), countingOf('b', 1)])
    proxy.cut()
    const told = counts.forget('192.0.2.7', START_MS + SECOND)
    const waiting = counts.count([countingOf('c', 2)])
    proxy.heal()
    await told
    expect(await waiting).toEqual([])
  })

  test('a slow Redis is given what it can take, and no more than the capacity waits', async () => {
    const counts = await throughProxy({ capacity: 3000 })
    proxy.delayMs = 100
    const waiting = Array.from({ length: 200 }, (_, i) => counts.count(many(100, 100 * i)))
    expect(counts.status().pending).toBeLessThanOrEqual(3000 + 4000)
    await Promise.all(waiting)
    const { pending, dropped, counted, reachable } = counts.status()
    expect({ pending, reachable, all: dropped + counted }).toEqual({ pending: 0, reachable: true, all: 20_000 })
    expect(counted).toBeGreaterThanOrEqual(3000)
    expect(await direct.dbsize()).toBe(counted)
  })

  test('a key that is no window is no trouble to others', async () => {
    const counts = await throughProxy()
    await direct.set('sipguard:{192.0.2.7}:1:1a2b3c4d:sip-auth', 'x')
    expect(await counts.count([countingOf('a', 0)])).toEqual([])
    expect(counts.status()).toMatchObject({ pending: 0, dropped: 1, reachable: false })
    await counts.count(many(1))
    expect(counts.status()).toMatchObject({ pending: 0, dropped: 1, counted: 1, reachable: true })
  })

  test('what waits when it is closed is dropped, and nothing comes after', async () => {
    const counts = await throughProxy()
    proxy.cut()
    const waiting = counts.count(many(10))
    const told = counts.forget('192.0.2.7', START_MS)
    counts.close()
    expect(await waiting).toEqual([])
    await told
    expect(await counts.count(many(10))).toEqual([])
    expect(counts.status()).toMatchObject({ pending: 0, dropped: 20, counted: 0 })
  })

  test('five nodes at once fill the windows that one would, in the order in which Redis took the events', async () => {
    const nodes = await Promise.all([1, 2, 3, 4, 5].map(() => throughProxy()))
    const events = new Map(
      Array.from({ length: 600 }, (_, i) => {
        const counting = countingOf(`n:g:${i}:`, (i % 150) / 5, { network: ipOf(i % 7), proved: i % 2 === 0 })
        return [counting.id, counting]
      }),
    )
    const monitor = await direct.monitor()
    const order: string[] = []
    monitor.on('monitor', (_time: string, args: string[]) => {
      if (/^eval/i.test(args[0]!)) order.push(...(args.at(-1)!.match(/n:g:\d+:/g) ?? []))
    })
    const all = [...events.values()]
    const found = await Promise.all(
      nodes.map(async (node, n) => {
        const fulls: string[] = []
        // A fifth each, and a tenth that another node sends too.
        const own = all.filter((_, i) => i % 5 === n || i % 50 === n + 1)
        for (let i = 0; i < own.length; i += 8) fulls.push(...brief(await node.count(own.slice(i, i + 8))))
        return fulls
      }),
    )
    await until(() => order.length >= 600 + 60, 'the monitor to have seen all')
    monitor.disconnect()
    const reference = new ReferenceCounts()
    const expected = brief(await reference.count(order.map((id) => events.get(id)!)))
    expect(found.flat().sort()).toEqual(expected.sort())
    expect(expected.length).toBeGreaterThan(50)
  })
})
