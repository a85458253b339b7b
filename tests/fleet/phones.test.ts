import { rmSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PhoneRow } from '../../src/kept.ts'
import { needs } from '../require.ts'
import { type RedisServer, startRedis, until } from './redis-server.ts'
import { type SimulatedNode, startNode } from './simulated-node.ts'

const PHONES = 'sipguard:{fleet}:phones'
const PHONE_MS = 7 * 864e5
const START_MS = Date.now()

/** A user as the trust book journals him, at ports of UDP. */
const row = (user: string, toMs: number, ports: readonly number[] = [5060]): PhoneRow => ({
  ip: '198.51.100.7',
  user,
  data: JSON.stringify({ fromMs: START_MS, toMs, endpoints: ports.map((port) => ({ port, transport: 'udp', untilMs: toMs + 36e5 })) }),
})

describe.skipIf(needs('redis-server'))('phones through Redis', () => {
  let redis: RedisServer
  let direct: Redis
  let a: SimulatedNode
  let b: SimulatedNode
  const nodes: SimulatedNode[] = []

  async function join(): Promise<SimulatedNode> {
    const node = await startNode({ urls: [redis.url], phoneMs: PHONE_MS })
    nodes.push(node)
    await node.reached()
    return node
  }

  /** How many times phones were written. */
  const written = () => direct.xlen(`${PHONES}:stream`)
  /** All that a node shared before this is written, if it is to be. */
  async function settled(node: SimulatedNode): Promise<number> {
    const before = await written()
    node.fleet.sharePhones([row(`settled ${before}`, START_MS)])
    await until(async () => (await direct.hget(PHONES, `198.51.100.7 settled ${before}`)) !== null, 'what was shared last')
    return written()
  }

  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url)
  })
  afterAll(async () => {
    direct.disconnect()
    await redis.close()
  })
  beforeEach(async () => {
    await direct.flushall()
    a = await join()
    b = await join()
  })
  afterEach(async () => {
    for (const node of nodes.splice(0)) rmSync(await node.stop(), { recursive: true })
  })

  test('a phone known on one node is a phone on all, and on one that joins later', async () => {
    const known = row('1001@example.com', START_MS)
    a.fleet.sharePhones([known])
    await until(() => b.phones.length === 1, 'the phone')
    expect(b.phones).toEqual([known])
    expect(a.phones).toEqual([])
    const c = await join()
    await until(() => c.phones.length === 1, 'the newcomer to know it')
    expect(c.phones).toEqual([known])
  })

  test('a user of any name is the same user elsewhere', async () => {
    const names = ['', 'a b c', 'o\u2019brien\u{1F4DE}@example.com', '{"toMs":1}', '#epoch']
    a.fleet.sharePhones(names.map((name) => row(name, START_MS)))
    await until(() => b.phones.length === names.length, 'all of them')
    expect(b.phones.map(({ user }) => user).sort()).toEqual([...names].sort())
  })

  test('a registration that is only renewed is told once per tenth of trust.phone', async () => {
    a.fleet.sharePhones([row('1001', START_MS)])
    await until(() => b.phones.length === 1, 'the phone')
    for (let i = 1; i <= 9; i++) a.fleet.sharePhones([row('1001', START_MS + (i * PHONE_MS) / 100)])
    expect(await settled(a)).toBe(2)
    const renewed = row('1001', START_MS + PHONE_MS / 10)
    a.fleet.sharePhones([renewed])
    await until(() => b.phones.some(({ data }) => data === renewed.data), 'the renewal')
  })

  test('a phone that moves to another endpoint is told at once', async () => {
    a.fleet.sharePhones([row('1001', START_MS)])
    const moved = row('1001', START_MS + 1000, [5060, 5062])
    a.fleet.sharePhones([moved])
    await until(() => b.phones.some(({ data }) => data === moved.data), 'the endpoint')
  })

  test('what a node was told it does not tell again', async () => {
    a.fleet.sharePhones([row('1001', START_MS)])
    await until(() => b.phones.length === 1, 'the phone')
    b.fleet.sharePhones(b.phones)
    expect(await settled(b)).toBe(2)
  })

  test('of two nodes that saw one phone, the later word wins', async () => {
    a.fleet.sharePhones([row('1001', START_MS + 500, [5060])])
    await until(() => b.phones.length === 1, 'the phone')
    b.fleet.sharePhones([row('1001', START_MS, [5099])])
    await settled(b)
    expect(await direct.hget(PHONES, '198.51.100.7 1001')).toBe(`${START_MS + 500} ${a.id} ${row('1001', START_MS + 500).data}`)
    expect(a.phones.map(({ user }) => user)).not.toContain('1001')
  })

  test('a Redis that was emptied is filled with them again', async () => {
    a.fleet.sharePhones([row('1001', START_MS)])
    await until(() => b.phones.length === 1, 'the phone')
    await redis.kill()
    await redis.start()
    await until(async () => (await direct.hget(PHONES, '198.51.100.7 1001')) !== null, 'Redis to be filled')
  })

  test('what nobody of ours wrote, and what is long over, is left out', async () => {
    const [epoch] = await direct.hmget(PHONES, '#epoch')
    const add = (field: string, value: string) =>
      direct.xadd(`${PHONES}:stream`, '*', 'field', field, 'value', value, 'node', 'cccccccccccc', 'epoch', epoch!)
    const { data } = row('x', START_MS)
    await add('not an address x', `${START_MS} c ${data}`)
    await add('198.51.100.7', `${START_MS} c ${data}`)
    await add('198.51.100.7 x', `${START_MS} c {`)
    await add('198.51.100.7 x', `${START_MS} c {"toMs":"1","endpoints":[]}`)
    await add('198.51.100.7 x', `${START_MS - 3 * PHONE_MS} c ${data}`)
    await add('198.51.100.7 good', `${START_MS} c ${data}`)
    await until(() => b.phones.length > 0, 'the good one')
    expect(b.phones).toEqual([{ ...row('good', START_MS) }])
  })
})
