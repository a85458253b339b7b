import { describe } from 'vitest'
import { connect } from '../../src/fleet/connection.ts'
import { createSharedCounts } from '../../src/fleet/counts.ts'
import { needs } from '../require.ts'
import { type CountsUnderTest, testCounts } from './counts.contract.ts'
import { ReferenceCounts } from './counts-reference.ts'
import { startCluster, startRedis } from './redis-server.ts'

/** Each test has keys of its own; each node a connection of its own. */
async function inRedis(server: { urls: readonly string[]; close(): Promise<void> }): Promise<CountsUnderTest> {
  const connections = Array.from({ length: 3 }, () => connect(server.urls))
  await Promise.all(connections.map((connection) => connection.ready()))
  let tests = 0
  return {
    nodes(count) {
      const prefix = `test${tests++}`
      return Promise.resolve(connections.slice(0, count).map(({ client }) => createSharedCounts({ client, prefix })))
    },
    async close() {
      for (const connection of connections) connection.close()
      await server.close()
    },
  }
}

testCounts('in this process', async () => ({
  async nodes(count) {
    const counts = new ReferenceCounts()
    return Array.from({ length: count }, () => counts)
  },
  async close() {},
}))

describe.skipIf(needs('redis-server', 'redis-cli'))('in a real Redis', () => {
  testCounts('a redis-server', async () => {
    const server = await startRedis()
    return inRedis({ urls: [server.url], close: server.close })
  })
  testCounts('a Redis Cluster of three masters', async () => inRedis(await startCluster()))
})
