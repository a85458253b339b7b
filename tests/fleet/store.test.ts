import { afterAll, beforeAll, describe } from 'vitest'
import { needs } from '../require.ts'
import { startCluster, startRedis } from './redis-server.ts'
import { storeContract } from './store.contract.ts'

storeContract('embedded', () => ({ size: 1, store: () => '{ type: embedded }' }))

describe.skipIf(needs('redis-server', 'redis-cli'))('with Redis', () => {
  const STORES = { 'a redis-server': async () => withUrl(await startRedis()), 'a Redis Cluster of three masters': () => startCluster() }
  for (const [name, begin] of Object.entries(STORES)) {
    describe(name, () => {
      let server: { readonly urls: readonly string[]; close(): Promise<void> }
      let tests = 0
      beforeAll(async () => {
        server = await begin()
      })
      afterAll(() => server.close())
      storeContract(name, () => ({ size: 2, store: () => `{ url: ${JSON.stringify(server.urls)}, prefix: store${tests++} }` }))
    })
  }
})

const withUrl = ({ url, close }: { readonly url: string; close(): Promise<void> }) => ({ urls: [url], close })
