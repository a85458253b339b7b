import type { Redis } from 'ioredis'
import { connect } from '../../src/fleet/connection.ts'
import { type CountedJail, type Counting, createSharedCounts } from '../../src/fleet/counts.ts'
import { startRedis } from '../fleet/redis-server.ts'
import { needs } from '../require.ts'
import { type Figure, median, type Part } from './figure.ts'

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

/**
 * Events per second that one node counts in a Redis of its own on loopback, and what Redis holds for an address. Redis uses one core, this
 * process another.
 */
export const fleet: Part = async ({ quick }) => {
  const loads = quick ? LOADS.slice(0, 2) : LOADS
  const group = 'Counting for a fleet, in Redis'
  if (needs('redis-server')) return loads.map(([name]) => ({ group, name, value: null, unit: 'events/s' }))
  const server = await startRedis()
  const connection = connect([server.url])
  try {
    await connection.ready()
    const figures: Figure[] = []
    for (const [name, events] of loads) {
      const { perSecond, bytes } = await count(connection.client as Redis, events)
      figures.push({ group, name, value: perSecond, unit: 'events/s' })
      figures.push({ group, name: `${name}: a key of Redis`, value: bytes, unit: 'bytes' })
    }
    return figures
  } finally {
    connection.close()
    await server.close()
  }
}

async function count(client: Redis, events: readonly Counting[]): Promise<{ readonly perSecond: number; readonly bytes: number }> {
  const usedBytes = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1])
  const rates: number[] = []
  const sizes: number[] = []
  for (let run = 0; run < RUNS; run++) {
    await client.flushall()
    const before = await usedBytes()
    const counts = createSharedCounts({ client, capacity: EVENTS })
    const started = performance.now()
    const batches: Promise<readonly unknown[]>[] = []
    for (let i = 0; i < events.length; i += TOGETHER) batches.push(counts.count(events.slice(i, i + TOGETHER)))
    await Promise.all(batches)
    rates.push((events.length / (performance.now() - started)) * 1000)
    sizes.push(((await usedBytes()) - before) / (await client.dbsize()))
    counts.close()
  }
  return { perSecond: median(rates), bytes: median(sizes) }
}
