import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isNewer } from '../../src/fleet/order.ts'
import { createStoredMap, type Item, type Written } from '../../src/fleet/stored-map.ts'
import { needs } from '../require.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

const KEY = 'sipguard:{fleet}:map'

describe.skipIf(needs('redis-server'))('a map in Redis', () => {
  let redis: RedisServer
  let client: Redis
  beforeAll(async () => {
    redis = await startRedis()
    client = new Redis(redis.url)
  })
  afterAll(async () => {
    client.disconnect()
    await redis.close()
  })
  beforeEach(() => client.flushall())

  const map = () => createStoredMap({ client, key: KEY, node: 'aaaaaaaaaaaa', maxLength: 1000 })
  const item = (field: string, value: string, above = ''): Item => ({ field, value, above })
  async function all(): Promise<Written[]> {
    const found: Written[] = []
    for await (const written of map().scan()) found.push(...written)
    return found
  }

  test('holds of two values the one that the nodes, too, hold for the newer', async () => {
    const rank = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ min: 0, max: 2e12, noNaN: true }))
    const rest = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3, unit: 'binary' }))
    const value = fc.tuple(rank, rest).map(([number, text]) => `${number} ${text}`)
    await fc.assert(
      fc.asyncProperty(value, value, async (first, second) => {
        await client.del(KEY)
        await map().write([item('x', first), item('x', second)])
        expect(await client.hget(KEY, 'x')).toBe(isNewer(second, first) ? second : first)
      }),
      { numRuns: 300 },
    )
  })

  test('refuses what is not newer than the field it falls under', async () => {
    await map().write([item('lift', '5 a'), item('x', '4 z', 'lift'), item('y', '5 a', 'lift'), item('z', '6 a', 'lift')])
    expect(await all()).toEqual([
      { field: 'lift', value: '5 a' },
      { field: 'z', value: '6 a' },
    ])
  })

  test('tells its stream of nothing but what was newer', async () => {
    await map().write([item('x', '2 a'), item('x', '1 a'), item('x', '2 a'), item('x', '3 a')])
    const entries = await client.xrange(`${KEY}:stream`, '-', '+')
    expect(entries.map(([, fields]) => fields[3])).toEqual(['2 a', '3 a'])
  })

  test('takes a value over one that is none', async () => {
    await client.hset(KEY, 'x', 'garbage')
    await map().write([item('x', '1 a')])
    expect(await client.hget(KEY, 'x')).toBe('1 a')
  })

  test('has one epoch for its life, and another after it was lost', async () => {
    const first = await map().write([])
    expect(await map().write([item('x', '1')])).toBe(first)
    expect(await map().goesOn({ epoch: first, id: await map().newest() })).toBe(true)
    await client.del(KEY)
    expect(await map().goesOn({ epoch: first, id: await map().newest() })).toBe(false)
    expect(await map().write([])).not.toBe(first)
  })

  test('does not go on from an entry that its stream does not hold', async () => {
    const epoch = await map().write([item('x', '1')])
    expect(await map().goesOn({ epoch, id: '1-1' })).toBe(false)
    expect(await map().goesOn({ epoch, id: '99999999999999-0' })).toBe(false)
  })

  test('removes only what still holds the value that was over', async () => {
    await map().write([item('x', '1'), item('y', '2')])
    await map().remove([
      { field: 'x', value: '1' },
      { field: 'y', value: '1' },
    ])
    expect(await all()).toEqual([{ field: 'y', value: '2' }])
  })

  test('is swept by one node at a time', async () => {
    expect(await map().takesTurn(60_000)).toBe(true)
    expect(await map().takesTurn(60_000)).toBe(false)
  })
})
