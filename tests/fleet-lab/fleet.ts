import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type RedisServer, startRedis, until } from '../fleet/redis-server.ts'
import { FleetNetwork, REDIS_HOST } from './network.ts'
import { LabNode } from './node.ts'

/** As many as this machine can start together in a while. */
const START_TOGETHER = 4
const AGREE_MS = 60_000

/** Nodes, their network and their Redis, and what a scenario does to them. */
export class Fleet {
  readonly nodes: readonly LabNode[]
  readonly network: FleetNetwork
  readonly redis: RedisServer
  /** Who is to be banned on all nodes: addresses, and the first address of each /64. */
  readonly expected = new Set<string>()
  readonly #dir: string
  readonly #slowPaths: ChildProcess[] = []
  #closed = false
  #addresses = 0

  private constructor(network: FleetNetwork, redis: RedisServer, dir: string, nodes: number) {
    this.network = network
    this.redis = redis
    this.#dir = dir
    this.nodes = Array.from({ length: nodes }, (_, i) => new LabNode(network, i + 1, dir))
  }

  /** Redis runs; of the nodes, none yet. */
  static async make(nodes: number): Promise<Fleet> {
    const network = new FleetNetwork(nodes)
    try {
      // Whoever reaches its host may use it.
      const args = ['--bind', REDIS_HOST, '127.0.0.1', '--protected-mode', 'no']
      const redis = await startRedis({ durable: true, prefix: network.on('redis'), args })
      return new Fleet(network, redis, mkdtempSync(join(tmpdir(), 'sipguard-fleet-')), nodes)
    } catch (error) {
      network.remove()
      throw error
    }
  }

  get url(): string {
    return `redis://${REDIS_HOST}:${this.redis.port}`
  }

  get first(): LabNode {
    return this.nodes[0]!
  }

  get last(): LabNode {
    return this.nodes.at(-1)!
  }

  /** An address that nobody has seen yet, of the network for benchmarks (RFC 2544). */
  newAddress(): string {
    const n = ++this.#addresses
    return `198.18.${n >> 8}.${n & 255}`
  }

  /** Another one, of a /64 of its own. */
  newAddress6(): string {
    return `2001:db8:${(++this.#addresses).toString(16)}::7`
  }

  /** Those of these that do not run, a few at a time. */
  async start(nodes: readonly LabNode[] = this.nodes, onStarted: () => void = () => {}): Promise<void> {
    const waiting = nodes.filter(({ isRunning }) => !isRunning)
    const startSome = async () => {
      for (let node = waiting.shift(); node && !this.#closed; node = waiting.shift()) {
        await node.start(this.url)
        onStarted()
      }
    }
    await Promise.all(Array.from({ length: START_TOGETHER }, startSome))
  }

  /** Waits until every node has read and said all there is. */
  async connected(): Promise<void> {
    for (const node of this.nodes) {
      let fleet: unknown
      await until(
        async () => {
          fleet = (await node.status()).fleet
          const { reachable, outbox } = fleet as { reachable: boolean; outbox: number }
          return reachable && outbox === 0
        },
        () => `node ${node.number} to be in touch: ${JSON.stringify(fleet)}`,
        AGREE_MS,
      )
    }
  }

  /** A URL of the same Redis over a path that holds everything for so long, each way. */
  async slowUrl(delayMs: number): Promise<string> {
    const program = fileURLToPath(import.meta.resolve('./slow-path.ts'))
    const [command, ...rest] = [
      ...this.network.on('redis'),
      process.execPath,
      program,
      REDIS_HOST,
      String(this.redis.port),
      String(delayMs),
    ]
    const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#slowPaths.push(child)
    const [url] = await once(createInterface({ input: child.stdout }), 'line')
    return String(url)
  }

  /** Waits until all nodes have the same bans, and those are the expected ones; how they differ where they do not come to that. */
  async agree(longestMs = AGREE_MS): Promise<readonly string[]> {
    let differences: readonly string[] = []
    const isSo = async () => {
      differences = await this.#differences().catch((error: Error) => [error.message])
      return differences.length === 0
    }
    await until(isSo, 'agreement', longestMs).catch(() => {})
    return differences
  }

  /** What is decided, then what is in the kernel. */
  async #differences(): Promise<string[]> {
    const { expected } = this
    const differences: string[] = []
    const ends = new Map<string, string | null>()
    for (const node of this.nodes) {
      const bans = await node.bans()
      const decided = new Set(bans.map(({ prefix, ip }) => (prefix ?? ip).replace('/64', '')))
      differences.push(...differing(`node ${node.number} decided`, decided, expected))
      for (const { ip, until } of bans) {
        const known = ends.get(ip)
        if (known === undefined) ends.set(ip, until)
        else if (known !== until) differences.push(`node ${node.number}: ${ip} until ${until}, elsewhere until ${known}`)
      }
    }
    if (differences.length > 0) return differences
    return this.nodes.flatMap((node) => differing(`node ${node.number} drops`, node.dropped(), expected))
  }

  /** Whatever was made is gone. */
  async close(): Promise<void> {
    this.#closed = true
    for (const child of this.#slowPaths) child.kill('SIGKILL')
    await Promise.all(this.nodes.map((node) => node.kill()))
    await this.redis.close()
    this.network.remove()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

function differing(what: string, found: ReadonlySet<string>, expected: ReadonlySet<string>): string[] {
  const lost = [...expected.difference(found)].map((key) => `${what} not: ${key}`)
  return [...lost, ...[...found.difference(expected)].map((key) => `${what} in vain: ${key}`)]
}
