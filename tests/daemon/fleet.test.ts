import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { FleetBanJson } from '../../src/api/wire.ts'
import { send } from '../api/fake-daemon.ts'
import { type RedisServer, startRedis } from '../fleet/redis-server.ts'
import { startProxy } from '../fleet/tcp-proxy.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { startFleetNode } from './fleet-node.ts'
import { failures, provedFailures, success } from './lines.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()

describe.skipIf(needs('redis-server'))('two daemons that share a Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())

  const node = (prefix: string, more = '') => startFleetNode(newDirectory(), { urls: [redis.url], prefix, more })

  test('ban whom each of them saw half of the guesses of, and both know it', async () => {
    const [one, two] = [await node('guesses'), await node('guesses')]
    one.write(failures(5, '192.0.2.7'))
    await eventually(async () => expect((await one.status()).totals.lines).toBe(5))
    two.write(failures(4, '192.0.2.7'))
    await eventually(async () => expect((await two.status()).totals.lines).toBe(4))
    expect([...(await one.banned()), ...(await two.banned())]).toEqual([])
    two.write(failures(1, '192.0.2.7'))
    await eventually(() => expect(one.printed('ban')).toMatchObject([{ ip: '192.0.2.7', jail: 'sip-auth', count: 10 }]))
    await eventually(() => expect(two.printed('ban')).toMatchObject([{ ip: '192.0.2.7', jail: 'sip-auth', count: 10 }]))
  })

  test('share bans and unbans of people, and the allow list; who is allowed on one node only is not banned there', async () => {
    const [one, two] = [await node('people'), await node('people', 'ignoreip: [192.0.2.9]\n')]
    for (const ip of ['192.0.2.7', '192.0.2.8', '192.0.2.9']) await one.call('POST', '/api/bans', { ip, for: '1h' })
    await eventually(async () => expect((await two.banned()).sort()).toEqual(['192.0.2.7', '192.0.2.8']))
    await two.call('DELETE', '/api/bans/192.0.2.7')
    await eventually(async () => expect((await one.banned()).sort()).toEqual(['192.0.2.8', '192.0.2.9']))
    await two.call('POST', '/api/allow', { cidr: '192.0.2.8' })
    await eventually(async () => expect(await one.call('GET', '/api/allow')).toMatchObject([{ cidr: '192.0.2.8' }]))
    await eventually(async () => expect(await one.banned()).toEqual(['192.0.2.9']))
    await one.call('DELETE', '/api/allow/192.0.2.8')
    await eventually(async () => expect(await two.call('GET', '/api/allow')).toEqual([]))
  })

  test('add up a sweep from an address of phones of which each of them saw half', async () => {
    const tcp = 'trust: { maxusers: 3 }\n'
    const [one, two] = [await node('sweep', tcp), await node('sweep', tcp)]
    const guess = (user: string) => provedFailures(1, '192.0.2.7', Date.now()).replace('user=1001', `user=${user}`)
    one.write(success('192.0.2.7') + guess('2001') + guess('2002'))
    await eventually(async () => expect((await one.status()).totals.lines).toBe(3))
    await eventually(async () => expect((await one.status()).fleet).toMatchObject({ counting: { pending: 0 } }))
    two.write(success('192.0.2.7') + guess('2003') + guess('2004'))
    for (const of of [one, two]) {
      await eventually(() => expect(of.printed('ban')).toMatchObject([{ ip: '192.0.2.7', scope: 'address', count: 4 }]))
    }
    expect(two.printed('alert')).toMatchObject([{ alert: 'phones_cut_off', ip: '192.0.2.7' }])
  })

  test('an unban takes back what all of them have counted', async () => {
    const [one, two] = [await node('unban'), await node('unban')]
    one.write(failures(9, '192.0.2.7'))
    await eventually(async () => expect((await one.status()).totals.lines).toBe(9))
    await two.call('DELETE', '/api/bans/192.0.2.7')
    // What another node lifts is known here before what is written after it is read.
    await one.call('POST', '/api/bans', { ip: '203.0.113.1' })
    await eventually(async () => expect(await two.banned()).toEqual(['203.0.113.1']))
    two.write(failures(5, '192.0.2.7'))
    await eventually(async () => expect((await two.status()).totals.lines).toBe(5))
    await one.call('POST', '/api/bans', { ip: '203.0.113.2' })
    await eventually(async () => expect((await two.banned()).sort()).toEqual(['203.0.113.1', '203.0.113.2']))
    expect([...one.printed('ban'), ...two.printed('ban')].filter(({ ip }) => ip === '192.0.2.7')).toEqual([])
  })

  test('an unban of a /64 lifts its ban also where it is of the single address, for somebody trusted is inside', async () => {
    const [one, two] = [await node('narrow'), await node('narrow', 'ignoreip: ["2001:db8::5"]\n')]
    for (const path of ['/2001:db8::%2F64', '/2001:db8::9', '?all=true']) {
      await one.call('POST', '/api/bans', { ip: '2001:db8::7', for: '1h' })
      await eventually(async () => expect(await two.call('GET', '/api/bans')).toMatchObject([{ ip: '2001:db8::7', scope: 'address' }]))
      expect(await one.call('DELETE', `/api/bans${path}`)).toMatchObject([{ prefix: '2001:db8::/64' }])
      await eventually(async () => expect(await two.banned()).toEqual([]))
    }
  })

  test('an unban holds against what is still on its way to a slow Redis', async () => {
    const path = await startProxy(redis.port, 300)
    onTestFinished(() => path.close())
    const one = await startFleetNode(newDirectory(), { urls: [path.url], prefix: 'slow' })
    one.write(failures(10, '192.0.2.7'))
    await eventually(() => expect(one.printed('ban')).toHaveLength(1))
    await one.call('DELETE', '/api/bans/192.0.2.7')
    await eventually(async () =>
      expect((await one.status()).fleet?.counting).toMatchObject({ pending: 0, counted: expect.toSatisfy((n) => n > 0) }),
    )
    expect(await one.banned()).toEqual([])
    expect(one.printed('ban')).toHaveLength(1)
  })

  test('know each other’s phones, and their peers where they are published', async () => {
    const one = await node('phones', 'peers: [192.0.2.20]\n')
    const publishing = `store: { url: '${redis.url}', prefix: phones, publishpeers: true }\n`
    const dir = newDirectory()
    writeFileSync(join(dir, 'c.yaml'), `sources: [{ file: ${join(dir, 'sip.log')} }]\npeers: [192.0.2.21]\n${publishing}`)
    writeFileSync(join(dir, 'sip.log'), success('192.0.2.7'))
    const two = await watch(['--config', join(dir, 'c.yaml'), '--from-start'], { state: join(dir, 'state') })
    await eventually(async () => expect((await two.status()).fleet).toMatchObject({ reachable: true, outbox: 0 }))
    await two.call('POST', '/api/bans', { ip: '203.0.113.1' })
    await eventually(async () => expect(await one.banned()).toEqual(['203.0.113.1']))
    one.write(failures(10, '192.0.2.21') + failures(10, '192.0.2.20') + failures(10, '192.0.2.7'))
    await eventually(() => expect(one.printed('skip')).toMatchObject([{ why: 'peer' }, { why: 'peer' }, { why: 'phone' }]))
    expect(one.printed('ban').map(({ ip }) => ip)).toEqual(['203.0.113.1'])
  })

  test('tell of all nodes, of all bans and who decided them, and how they stand', async () => {
    const [one, two] = [await node('telling'), await node('telling', 'ignoreip: [192.0.2.8]\n')]
    await one.call('POST', '/api/bans', { ip: '192.0.2.7', for: '1h' })
    await eventually(async () => expect(await two.banned()).toEqual(['192.0.2.7']))
    await one.call('POST', '/api/bans', { ip: '192.0.2.8', for: '-1' })
    const ids = [(await one.status()).node, (await two.status()).node] as const
    await eventually(async () => {
      const { fleet } = await two.status()
      expect(fleet?.nodes.map(({ id, silent, lag_ms, bans }) => [id, silent, lag_ms, bans]).sort()).toEqual(
        [
          [ids[0], false, 0, 2],
          [ids[1], false, 0, 1],
        ].sort(),
      )
    })
    const bans = async (of: typeof one) => (await of.call<FleetBanJson[]>('GET', '/api/fleet/bans')).map(({ ip, node }) => [ip, node])
    for (const of of [one, two]) {
      await eventually(async () =>
        expect(await bans(of)).toEqual([
          ['192.0.2.8', ids[0]],
          ['192.0.2.7', ids[0]],
        ]),
      )
    }
    one.write(failures(3, '192.0.2.9'))
    await eventually(async () => expect((await one.status()).fleet?.counting).toMatchObject({ pending: 0, dropped: 0, last_error: null }))
    await eventually(async () => expect((await one.status()).fleet?.counting.counted).toBeGreaterThanOrEqual(3))
    expect(await one.status()).toMatchObject({ fleet: { refused: 0, lag_ms: 0 } })
    const { text } = await send(one.socket, 'GET', '/metrics')
    for (const sample of ['reachable 1', 'outbox 0', 'lag_seconds 0', 'counts_pending 0', 'counts_dropped_total 0']) {
      expect(text).toContain(`\nsipguard_fleet_${sample}\n`)
    }
  })

  test('say that a full Redis counts for nobody and takes no decision, and catch up when there is room', async () => {
    const [one, two] = [await node('full'), await node('full')]
    const admin = new Redis(redis.url)
    onTestFinished(() => admin.disconnect())
    await admin.config('SET', 'maxmemory', '1')
    one.write(failures(1, '192.0.2.7'))
    await eventually(async () => expect((await one.status()).fleet?.counting.last_error).toContain('OOM'))
    await one.call('POST', '/api/bans', { ip: '192.0.2.8' })
    await eventually(async () => expect((await one.status()).degraded).toMatchObject([{ what: expect.stringContaining('OOM') }]))
    expect((await one.status()).fleet).toMatchObject({ reachable: false, outbox: 1 })
    await admin.config('SET', 'maxmemory', '0')
    await eventually(async () => expect(await two.banned()).toEqual(['192.0.2.8']))
    await eventually(async () => expect((await one.status()).fleet?.counting).toMatchObject({ pending: 0, dropped: 0, last_error: null }))
    expect((await one.status()).degraded).toEqual([])
  })

  test('go on alone while Redis is gone, say so, and agree when it is back, emptied', async () => {
    const [one, two] = [await node('gone'), await node('gone')]
    await one.call('POST', '/api/bans', { ip: '192.0.2.7' })
    await eventually(async () => expect(await two.banned()).toEqual(['192.0.2.7']))
    await redis.kill()
    await eventually(async () => expect((await one.status()).degraded).toMatchObject([{ what: expect.stringContaining('Redis') }]))
    one.write(failures(10, '192.0.2.8'))
    await eventually(async () => expect((await one.banned()).sort()).toEqual(['192.0.2.7', '192.0.2.8']))
    await two.call('DELETE', '/api/bans/192.0.2.7')
    await redis.start()
    await eventually(async () => expect((await two.banned()).sort()).toEqual(['192.0.2.8']))
    await eventually(async () => expect((await one.banned()).sort()).toEqual(['192.0.2.8']))
    await eventually(async () => expect((await one.status()).degraded).toEqual([]))
  }, 60_000)
})
