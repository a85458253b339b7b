import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Connection, connect } from '../../src/fleet/connection.ts'
import { createSharedCounts } from '../../src/fleet/counts.ts'
import { needs } from '../require.ts'
import { brief, countingOf, START_MS } from './countings.ts'
import { type CertificateFiles, freePort, makeCertificate, type RedisServer, startCluster, startRedis, until } from './redis-server.ts'

const PASSWORD = 's3:cr@t/é'
const ENCODED = encodeURIComponent(PASSWORD)

let server: RedisServer | null = null
const connections: Connection[] = []
const opened = (...urls: string[]) => {
  const connection = connect(urls)
  connections.push(connection)
  return connection
}
afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close()
  await server?.close()
  server = null
})

async function failure(work: () => unknown): Promise<Error & { code?: string }> {
  try {
    await work()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

async function addUser({ url }: RedisServer, password: string, ...rights: string[]): Promise<void> {
  const { client, ready } = opened(url)
  await ready()
  await (client as Redis).acl('SETUSER', 'sbc', 'on', `>${password}`, ...rights)
}

/** All that a log or a screen may show of an error. */
const shown = (error: unknown) => inspect(error, { depth: 20, showHidden: true })

describe('the URL of a Redis', () => {
  const FORM = 'expected redis://[USER[:PASSWORD]@]HOST[:PORT][/DB] or rediss://…, got '

  test.each([
    ['http://192.0.2.1', 'http://192.0.2.1'],
    ['192.0.2.1:6379', '192.0.2.1:6379'],
    [`redis://sbc:${ENCODED}@192.0.2.1:99999`, '…@192.0.2.1:99999'],
    [`redis:/sbc:${ENCODED}@192.0.2.1`, '…@192.0.2.1'],
    [`redis://sbc:${PASSWORD}@192.0.2.1`, '…@192.0.2.1'],
    [`redis://sbc:%E0@192.0.2.1`, '…@192.0.2.1'],
    ['redis://192.0.2.1/cache', 'redis://192.0.2.1/cache'],
    ['redis://192.0.2.1?family=6', 'redis://192.0.2.1?family=6'],
  ])('%s is refused, and its password not shown', async (url, rest) => {
    const error = await failure(() => connect([url]))
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: FORM + rest })
    expect(shown(error)).not.toContain('cr')
  })

  test('a Cluster has no numbered databases, and there is none without a server', async () => {
    const numbered = await failure(() => connect(['redis://192.0.2.1/1', 'redis://192.0.2.2/1']))
    expect(numbered).toMatchObject({ code: 'CONFIG_INVALID', message: 'a Redis Cluster has no numbered databases, got /1' })
    const none = await failure(() => connect([]))
    expect(none).toMatchObject({ code: 'CONFIG_INVALID', message: 'expected the URL of a Redis server, got none' })
  })

  test('it is shown without its password', () => {
    expect(opened(`redis://sbc:${ENCODED}@127.0.0.1:1/2`).place).toBe('redis://sbc@127.0.0.1:1/2')
    expect(opened(`rediss://:${ENCODED}@[::1]`).place).toBe('rediss://[::1]:6379')
    expect(opened(`redis://a:${ENCODED}@127.0.0.1:1`, 'redis://127.0.0.1:2').place).toBe('redis://a@127.0.0.1:1,redis://127.0.0.1:2')
  })
})

describe('a Redis that is not there', () => {
  test('says where it was looked for, and no password', async () => {
    const port = await freePort()
    const error = await failure(opened(`redis://sbc:${ENCODED}@127.0.0.1:${port}`).ready)
    const place = `redis://sbc@127.0.0.1:${port}`
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE', message: `cannot reach ${place}: connect ECONNREFUSED 127.0.0.1:${port}` })
    expect(shown(error)).not.toMatch(/cr(?:@|%40)t/)
  })

  test('is the same of a Cluster', async () => {
    const url = `redis://sbc:${ENCODED}@127.0.0.1:${await freePort()}`
    const error = await failure(opened(url, url).ready)
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(error.message).toContain('cannot reach redis://sbc@127.0.0.1:')
    expect(shown(error)).not.toMatch(/cr(?:@|%40)t/)
  })
})

describe.skipIf(needs('redis-server', 'redis-cli'))('a connection to a real Redis', { timeout: 60_000 }, () => {
  test('as a user with no more rights than shared counts need, counts', async () => {
    server = await startRedis()
    await addUser(server, PASSWORD, '~sipguard:*', '+@connection', '+info', '+eval', '+evalsha', '+mget', '+get', '+set')
    const { client, ready } = opened(`redis://sbc:${ENCODED}@127.0.0.1:${server.port}`)
    await ready()
    const counts = createSharedCounts({ client })
    expect(brief(await counts.count(['a', 'b', 'c'].map((id) => countingOf(id, 0))))).toEqual(['1: a b c'])
    await counts.forget('192.0.2.7', START_MS)
    expect(await counts.count([countingOf('d', 0)])).toEqual([])
    expect(counts.status()).toEqual({ reachable: true, lastError: null, pending: 0, dropped: 0, counted: 4 })
    counts.close()
  })

  test('with a wrong password says so, and not which', async () => {
    server = await startRedis()
    await addUser(server, 'right', '~*', '+@all')
    const error = await failure(opened(`redis://sbc:${ENCODED}@127.0.0.1:${server.port}`).ready)
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(error.message).toContain('WRONGPASS')
    expect(shown(error)).not.toContain('cr@t')
  })

  test('uses the database of the URL, and is made again when it was lost', async () => {
    server = await startRedis()
    const { client, ready } = opened(`${server.url}/3`)
    await ready()
    await client.set('a', 'b')
    expect(await (client as Redis).info('keyspace')).toContain('db3:keys=1')
    await server.kill()
    await until(() => client.status !== 'ready', 'the loss to be noticed')
    expect((await failure(() => client.get('a'))).message).toEqual(expect.any(String))
    await server.start()
    await until(() => client.status === 'ready', 'the connection to be made again')
    expect(await client.get('a')).toBe(null)
  })
})

describe.skipIf(needs('redis-server', 'redis-cli', 'openssl'))('TLS', { timeout: 60_000 }, () => {
  let dir: string
  let files: CertificateFiles
  const authorities = getCACertificates('default')
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sipguard-tls-'))
    files = await makeCertificate(dir)
  })
  afterAll(() => rmSync(dir, { recursive: true }))
  afterEach(() => setDefaultCACertificates(authorities))
  const trust = () => setDefaultCACertificates([...authorities, readFileSync(files.certificate, 'utf8')])

  test('is trusted where its authority is, and not otherwise', async () => {
    server = await startRedis({ tls: files })
    const { url } = server
    const error = await failure(opened(url).ready)
    expect(error.code).toBe('STORE_UNREACHABLE')
    expect(error.message).toContain(`cannot reach ${url}: self-signed certificate`)
    trust()
    const { client, ready } = opened(url)
    await ready()
    expect(await client.set('a', 'b')).toBe('OK')
  })

  test('holds for every server of a Cluster, under the name that each announces', async () => {
    const cluster = await startCluster({ tls: files })
    try {
      expect((await failure(opened(...cluster.urls).ready)).code).toBe('STORE_UNREACHABLE')
      trust()
      const { client, ready } = opened(...cluster.urls)
      await ready()
      const masters = new Set<number>()
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        expect(await client.set(key, 'x')).toBe('OK')
        masters.add((await cluster.masterOf(key)).port)
      }
      expect(masters.size).toBe(3)
    } finally {
      await cluster.close()
    }
  })
})
