import { rmSync } from 'node:fs'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { readEntry } from '../../src/fleet/entry.ts'
import { Ledger } from '../../src/fleet/ledger.ts'
import { needs } from '../require.ts'
import { type RedisServer, startRedis, until } from './redis-server.ts'
import { type SimulatedNode, startNode } from './simulated-node.ts'
import { startProxy, type TcpProxy } from './tcp-proxy.ts'

const SIZE = 5
const ROUNDS = 30

interface Member {
  readonly path: TcpProxy
  /** Null: it is down, and `dir` is what it left. */
  node: SimulatedNode | null
  dir: string | null
}

describe.skipIf(needs('redis-server'))('a fleet whose Redis, nodes and paths die at random', () => {
  let redis: RedisServer
  const members: Member[] = []
  /** What every node decided and committed, in the end. */
  const history = new Ledger(100_000)
  const onDecided = ({ target, data }: { target: string; data: string }) => void history.apply(readEntry(target, data)!, Date.now())

  async function start(member: Member): Promise<void> {
    if (member.node !== null) return
    const { path, dir } = member
    member.node = await startNode({ urls: [path.url], onDecided, streamLength: 100, ...(dir !== null && { dir }) })
  }

  async function kill(member: Member): Promise<void> {
    if (member.node === null) return
    const { node } = member
    member.node = null
    member.dir = await node.kill()
  }

  beforeAll(async () => {
    redis = await startRedis({ durable: true })
    for (let i = 0; i < SIZE; i++) members.push({ path: await startProxy(redis.port), node: null, dir: null })
    await Promise.all(members.map(start))
  })
  afterAll(async () => {
    for (const { node, dir, path } of members) {
      const left = node === null ? dir : await node.stop()
      if (left !== null) rmSync(left, { recursive: true, force: true })
      await path.close()
    }
    await redis.close()
  })

  test(`comes to the same everywhere, after each of ${ROUNDS} rounds: no ban lost, none that was lifted back`, {
    timeout: 300_000,
  }, async () => {
    const random = seeded(20_260_115)
    const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const address = () => `192.0.2.${1 + Math.floor(random() * 12)}`
    let redisRuns = true

    async function decide({ node }: Member): Promise<void> {
      if (node === null) return
      const atMs = Date.now()
      const untilMs = random() < 0.3 ? null : atMs + 36e5
      const chance = random()
      if (chance < 0.5) await node.ban(address(), { untilMs }, atMs)
      else if (chance < 0.65) await node.ban(address(), { scope: 'endpoint', port: 5060 + Math.floor(random() * 2), untilMs }, atMs)
      else await node.unban(address(), atMs)
    }

    for (let round = 0; round < ROUNDS; round++) {
      for (let step = 0; step < 12; step++) {
        const chance = random()
        const member = any(members)
        if (chance < 0.55) await decide(member)
        else if (chance < 0.65) await kill(member)
        else if (chance < 0.75) await start(member)
        else if (chance < 0.83) member.path.cut()
        else if (chance < 0.88) member.path.heal()
        else if (redisRuns) {
          await redis.kill()
          redisRuns = false
        } else {
          await redis.start({ empty: random() < 0.5 })
          redisRuns = true
        }
      }
      if (!redisRuns) await redis.start({ empty: random() < 0.5 })
      redisRuns = true
      for (const { path } of members) path.heal()
      await Promise.all(members.map(start))

      const wanted = [...history]
        .map(({ target }) => target)
        .filter((target) => target.startsWith('ban '))
        .sort()
      const banned = () => members.map(({ node }) => node!.banned().join())
      await until(
        () => banned().every((found) => found === wanted.join()),
        () => `round ${round}: all to ban ${wanted.join()}; instead: ${banned().join('\n')}`,
      )
      const known = ({ node }: Member) => texts(node!.fleet.standing().map((decided) => JSON.stringify(decided)))
      await until(() => members.every((member) => known(member) === known(members[0]!)), 'all to know the same')
    }

    const direct = new Redis(redis.url)
    const written = new Ledger(100_000)
    await until(async () => {
      for (const [field, value] of Object.entries(await direct.hgetall('sipguard:{fleet}:ledger'))) {
        const entry = readEntry(field, value)
        if (entry !== null) written.apply(entry, Date.now())
      }
      return texts([...written].map(({ text }) => text)) === texts([...history].map(({ text }) => text))
    }, 'Redis to hold what all of them decided')
    direct.disconnect()
  })
})

const texts = (list: readonly string[]) => [...list].sort().join('\n')

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
