import { rmSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createNodes, type NodeReport, type NodesOptions } from '../../src/fleet/nodes.ts'
import { openMemory } from '../../src/state/index.ts'
import { needs } from '../require.ts'
import { type RedisServer, startRedis, until } from './redis-server.ts'
import { startNode } from './simulated-node.ts'

const NODES = 'sipguard:{fleet}:nodes'

describe.skipIf(needs('redis-server'))('the nodes of a fleet', () => {
  let redis: RedisServer
  let direct: Redis
  const directories: string[] = []
  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url)
  })
  afterAll(async () => {
    direct.disconnect()
    await redis.close()
  })
  beforeEach(() => direct.flushall())
  afterEach(() => {
    for (const dir of directories.splice(0)) rmSync(dir, { recursive: true })
  })

  const self = (part: Partial<NodeReport> = {}): NodeReport => ({
    ...{
      id: 'aaaaaaaaaaaa',
      name: 'sbc1',
      version: '1.2.3',
      addresses: ['192.0.2.1'],
      seenMs: Date.now(),
      lagMs: 0,
      enforced: 3,
      verified: 2,
    },
    ...part,
  })
  const nodes = (own: NodeReport, part: Partial<NodesOptions> = {}) =>
    createNodes({
      ...{ client: direct, prefix: 'sipguard', now: Date.now, self: () => own, memory: openMemory(), onAddresses: () => {} },
      ...part,
    })

  test('report themselves, and each sees all', async () => {
    const a = self()
    const b = self({ id: 'bbbbbbbbbbbb', name: 'sbc2', addresses: ['2001:db8::2'], lagMs: null })
    const [first, second] = [nodes(a), nodes(b)]
    await first.report()
    await second.report()
    await first.report()
    expect(first.list()).toEqual([
      { ...a, heardMs: a.seenMs },
      { ...b, heardMs: b.seenMs },
    ])
    expect(JSON.parse((await direct.hget(NODES, a.id))!)).toEqual({
      ...{ name: 'sbc1', version: '1.2.3', addresses: ['192.0.2.1'], seen_at: new Date(a.seenMs).toISOString() },
      ...{ lag_ms: 0, enforced: 3, verified: 2 },
    })
  })

  test('are heard of by the clock of whoever looks, however theirs go', async () => {
    const [slow, fast] = [-3e5, 3e5].map((skewMs) => ({ skewMs, id: `node ${skewMs}` }))
    let nowMs = Date.now()
    const a = nodes(self(), { now: () => nowMs })
    const report = ({ id, skewMs }: { id: string; skewMs: number }) => nodes(self({ id, seenMs: nowMs + skewMs })).report()
    const heard = async () => {
      await a.report()
      return a.list().flatMap(({ id, heardMs }) => (id === slow!.id || id === fast!.id ? [heardMs - nowMs] : []))
    }
    await report(slow!)
    await report(fast!)
    // Of the first report nobody knows how old it is.
    expect(await heard()).toEqual([-3e5, 0])
    nowMs += 3000
    await report(slow!)
    await report(fast!)
    expect(await heard()).toEqual([0, 0])
    nowMs += 3000
    await report(slow!)
    expect(await heard()).toEqual([0, -3000])
  })

  test('know of themselves how they are now, also without Redis', () => {
    let own = self()
    const a = nodes(own, { self: () => own })
    own = self({ seenMs: own.seenMs + 1000, enforced: 4 })
    expect(a.list()).toEqual([{ ...own, heardMs: own.seenMs }])
  })

  test('have the addresses of all others told whenever they change', async () => {
    const told: (readonly string[])[] = []
    const a = nodes(self(), { onAddresses: (addresses) => told.push(addresses) })
    await a.report()
    await nodes(self({ id: 'bbbbbbbbbbbb', addresses: ['192.0.2.3', '192.0.2.2'] })).report()
    await a.report()
    await a.report()
    await nodes(self({ id: 'bbbbbbbbbbbb', addresses: [] })).report()
    await a.report()
    expect(told).toEqual([['192.0.2.2', '192.0.2.3'], []])
  })

  test('know the addresses of the others after a restart without Redis', async () => {
    const memory = openMemory()
    await nodes(self({ id: 'bbbbbbbbbbbb', addresses: ['192.0.2.2'] })).report()
    await nodes(self(), { memory }).report()
    const told: (readonly string[])[] = []
    await nodes(self(), { memory, onAddresses: (addresses) => told.push(addresses) }).restore()
    expect(told).toEqual([['192.0.2.2']])
  })

  test('are forgotten after a day of silence', async () => {
    const old = self({ id: 'bbbbbbbbbbbb', seenMs: Date.now() - 25 * 36e5 })
    await direct.hset(NODES, old.id, JSON.stringify({ ...old, seen_at: new Date(old.seenMs).toISOString() }))
    const a = nodes(self())
    await a.report()
    expect(a.list().map(({ id }) => id)).toEqual(['aaaaaaaaaaaa'])
    expect(await direct.hexists(NODES, old.id)).toBe(0)
  })

  test('are left out where what stands there is no report of ours', async () => {
    await direct.hset(NODES, 'x', '{', 'y', 'null', 'z', '{"name":"z","version":"1","addresses":["all"],"seen_at":"2026-01-01"}')
    const a = nodes(self())
    await a.report()
    expect(a.list()).toHaveLength(1)
  })

  test('see each other within moments of their start', async () => {
    const a = await startNode({ urls: [redis.url], addresses: ['192.0.2.1'] })
    await a.reached()
    await until(() => a.fleet.status().nodes.length === 1, 'its own report')
    const b = await startNode({ urls: [redis.url], addresses: ['192.0.2.2'] })
    await until(() => a.nodes().includes('192.0.2.2') && b.nodes().includes('192.0.2.1'), 'both to know the other')
    expect(
      b.fleet
        .status()
        .nodes.map(({ addresses }) => addresses.join())
        .sort(),
    ).toEqual(['192.0.2.1', '192.0.2.2'])
    directories.push(await a.stop(), await b.stop())
  })
})
