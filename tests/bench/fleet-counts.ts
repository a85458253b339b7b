/**
 * `node tests/bench/fleet-counts.ts`: events per second that one node counts in a Redis of its own on loopback, and what Redis holds for an
 * address. Redis uses one core, this process another. Machines differ and are noisy: each figure is the best of three runs. Needs Debian's
 * redis-server.
 */
import type { Redis } from 'ioredis'
import { connect } from '../../src/fleet/connection.ts'
import { type CountedJail, type Counting, createSharedCounts } from '../../src/fleet/counts.ts'
import { startRedis } from '../fleet/redis-server.ts'

const EVENTS = 50_000
/** As a batch of lines holds. */
const TOGETHER = 1000
const RUNS = 3
const START_MS = Date.UTC(2026, 0, 15, 10)

const jailOf = (jail: Partial<CountedJail>): CountedJail => ({
  ...{ name: 'sip-auth', by: ['ip'], distinct: null, maxretry: 10, findtimeMs: 3e5 },
  // biome-ignore lint/suspicious/noThenProperty: a jail's key
  then: null,
  ...jail,
})
const ipOf = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`

function eventsOf(jail: CountedJail, addresses: number, value: (i: number) => string | null = () => null): Counting[] {
  return Array.from({ length: EVENTS }, (_, i) => {
    const ip = ipOf(i % addresses)
    const common = { jail, signature: 'abcd1234', network: ip, key: ip, value: value(i), mayFire: true, second: null, proved: false }
    return { ...common, atMs: START_MS + i, id: `f81d4fae7dec11d0:2049-1234567-18af3c:${i * 190}` }
  })
}

const LOADS: [string, Counting[]][] = [
  ['50,000 addresses, one guess each', eventsOf(jailOf({}), 50_000)],
  ['5,000 addresses, sip-auth (10 in 5m)', eventsOf(jailOf({}), 5000)],
  ['1,000 addresses, sip-enum (10 users in 10m)', eventsOf(jailOf({ distinct: 'user', findtimeMs: 6e5 }), 1000, (i) => `user${i % 97}`)],
  ['1,000 addresses, sip-rate (300 in 1m)', eventsOf(jailOf({ maxretry: 300, findtimeMs: 6e4 }), 1000)],
  ['one address, sip-rate (300 in 1m)', eventsOf(jailOf({ maxretry: 300, findtimeMs: 6e4 }), 1)],
]

const server = await startRedis()
const connection = connect([server.url])
await connection.ready()
const client = connection.client as Redis

/** Of Redis, since its start, seconds. */
async function redisCpu(): Promise<number> {
  const info = await client.info('cpu')
  return ['user', 'sys'].reduce((sum, kind) => sum + Number(new RegExp(`used_cpu_${kind}:([\\d.]+)`).exec(info)![1]), 0)
}

async function usedBytes(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1])
}

for (const [name, events] of LOADS) {
  let best = 0
  let bytes = 0
  let fulls = 0
  let [redisUs, ownUs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let run = 0; run < RUNS; run++) {
    await client.flushall()
    const before = await usedBytes()
    const counts = createSharedCounts({ client, capacity: EVENTS })
    const [cpu, ownCpu, started] = [await redisCpu(), process.cpuUsage(), performance.now()]
    const batches: Promise<readonly unknown[]>[] = []
    for (let i = 0; i < EVENTS; i += TOGETHER) batches.push(counts.count(events.slice(i, i + TOGETHER)))
    fulls = (await Promise.all(batches)).flat().length
    best = Math.max(best, (EVENTS / (performance.now() - started)) * 1000)
    const own = process.cpuUsage(ownCpu)
    ownUs = Math.min(ownUs, (own.user + own.system) / EVENTS)
    redisUs = Math.min(redisUs, (((await redisCpu()) - cpu) * 1e6) / EVENTS)
    bytes = (await usedBytes()) - before
    counts.close()
  }
  const keys = await client.dbsize()
  const key = (await client.randomkey())!
  console.log(`${name}: ${Math.round(best).toLocaleString('en')} events/s, ${fulls} full windows`)
  console.log(`  of one event: ${redisUs.toFixed(1)} µs of Redis's core, ${ownUs.toFixed(1)} µs of the node's`)
  console.log(`  ${keys} keys, ${Math.round(bytes / keys)} bytes of memory each; MEMORY USAGE of one: ${await client.memory('USAGE', key)}`)
}
connection.close()
await server.close()
