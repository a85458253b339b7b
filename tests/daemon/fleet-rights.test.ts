import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { connect } from '../../src/fleet/connection.ts'
import { createStoredMap, type Written } from '../../src/fleet/stored-map.ts'
import { readPage } from '../docs-pages.ts'
import { type RedisServer, startCluster, startRedis } from '../fleet/redis-server.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { startFleetNode } from './fleet-node.ts'
import { failures, success } from './lines.ts'
import { eventually } from './watching.ts'

const newDirectory = temporaryDirectories()
const PASSWORD = 'p@ss word'

/** What docs/fleet.md says that the user of a fleet needs, and what more where it is a Cluster's. */
const [[, RULES = ''] = [], [, CLUSTER_RULES = ''] = []] = [...readPage('docs/fleet.md').matchAll(/^user sipguard on >PASSWORD (.+)$/gm)]

describe.skipIf(needs('redis-server', 'redis-cli'))('a user with the rights of docs/fleet.md', { timeout: 60_000 }, () => {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  async function allow(servers: readonly RedisServer[], rules: string) {
    expect(rules).toContain('~sipguard:*')
    const admins = servers.map(({ url }) => new Redis(url))
    for (const admin of admins) {
      closers.push(() => admin.disconnect())
      await admin.acl('SETUSER', 'sipguard', 'on', `>${PASSWORD}`, ...rules.split(' '))
    }
    return {
      urls: servers.map(({ url }) => url.replace('redis://', `redis://sipguard:${encodeURIComponent(PASSWORD)}@`)),
      refused: async () => (await Promise.all(admins.map((admin) => admin.acl('LOG')))).flat(),
      has: async (key: string) => (await Promise.all(admins.map((admin) => admin.keys('*')))).flat().includes(key),
    }
  }

  async function all(map: ReturnType<typeof createStoredMap>): Promise<Written[]> {
    const found: Written[] = []
    for await (const written of map.scan()) found.push(...written)
    return found
  }

  /** Everything that two daemons do with Redis, and what they do too seldom for a test. */
  async function isEnough({ urls, refused, has }: Awaited<ReturnType<typeof allow>>): Promise<void> {
    const [one, two] = [
      await startFleetNode(newDirectory(), { urls, prefix: 'sipguard' }),
      await startFleetNode(newDirectory(), { urls, prefix: 'sipguard' }),
    ]
    one.write(failures(5, '192.0.2.7') + success('192.0.2.8'))
    two.write(failures(5, '192.0.2.7'))
    for (const node of [one, two]) await eventually(() => expect(node.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
    await eventually(async () => expect(await has('sipguard:{fleet}:phones')).toBe(true))
    await two.call('DELETE', '/api/bans/192.0.2.7')
    await eventually(async () => expect(await one.banned()).toEqual([]))
    await eventually(async () => expect(await has('sipguard:{192.0.2.7}:forgotten')).toBe(true))
    for (const node of [one, two]) await eventually(async () => expect((await node.status()).fleet?.nodes).toHaveLength(2))

    const connection = connect(urls)
    closers.push(connection.close)
    await connection.ready()
    const map = createStoredMap({ client: connection.client, key: 'sipguard:{fleet}:x', node: 'n', maxLength: 10 })
    const item = { field: 'a', above: '', value: '1 a' }
    const epoch = await map.write([item])
    expect(await map.goesOn({ epoch, id: await map.newest() })).toBe(true)
    expect(await all(map)).toEqual([{ field: 'a', value: '1 a' }])
    expect(await map.takesTurn(1000)).toBe(true)
    expect(await map.clockMs()).toBeGreaterThan(0)
    await map.remove([item])
    expect(await all(map)).toEqual([])
    expect(await connection.client.hdel('sipguard:{fleet}:nodes', 'nobody')).toBe(0)

    expect(await refused()).toEqual([])
    await expect(connection.client.keys('*')).rejects.toThrow('NOPERM')
    await expect(connection.client.get('other')).rejects.toThrow('NOPERM')
  }

  test('is enough for all that a fleet does', async () => {
    const redis = await startRedis()
    closers.push(redis.close)
    await isEnough(await allow([redis], RULES))
  })

  test('is enough in a Cluster, too', async () => {
    const cluster = await startCluster()
    closers.push(cluster.close)
    await isEnough(await allow(cluster.servers, CLUSTER_RULES))
  })
})
