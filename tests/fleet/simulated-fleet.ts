import { rmSync } from 'node:fs'
import { afterEach } from 'vitest'
import type { Ban } from '../../src/types.ts'
import { banOf } from '../state/samples.ts'
import { until } from './redis-server.ts'
import { type SimulatedNode, type SimulatedNodeOptions, startNode } from './simulated-node.ts'

export const LEDGER = 'sipguard:{fleet}:ledger'
/** Nothing listens there. */
export const NOWHERE = 'redis://127.0.0.1:1'

/** What a whole address's ban is on. */
export const banOn = (ip: string): string => `ban ${ip} address - -`

export const banAt = (ip: string, fromMs: number): Ban => banOf(ip, { fromMs, untilMs: fromMs + 36e5, node: 'cccccccccccc' })

/** Starts nodes; all are stopped and removed after each test. */
export function simulatedFleet() {
  const nodes = new Set<SimulatedNode>()
  const directories: string[] = []
  afterEach(async () => {
    for (const one of nodes) directories.push(await one.stop())
    nodes.clear()
    for (const dir of directories.splice(0)) rmSync(dir, { recursive: true, force: true })
  })

  async function node(options: SimulatedNodeOptions): Promise<SimulatedNode> {
    const started = await startNode(options)
    nodes.add(started)
    return started
  }

  /** Nodes that have all reached Redis. */
  async function several(size: number, options: SimulatedNodeOptions): Promise<SimulatedNode[]> {
    const started = await Promise.all(Array.from({ length: size }, () => node(options)))
    await Promise.all(started.map((one) => one.reached()))
    return started
  }

  return {
    node,
    several,
    pair: async (options: SimulatedNodeOptions) => (await several(2, options)) as [SimulatedNode, SimulatedNode],
    /** kill -9 of a node; what it left. */
    async kill(one: SimulatedNode): Promise<string> {
      nodes.delete(one)
      const dir = await one.kill()
      directories.push(dir)
      return dir
    },
  }
}

/** Waits until these are the bans of each of these nodes. */
export async function allBan(members: readonly SimulatedNode[], banned: readonly string[]): Promise<void> {
  const wanted = [...banned].sort().join()
  await until(
    () => members.every((one) => one.banned().join() === wanted),
    () => `all to ban ${wanted}; instead: ${members.map((one) => one.banned().join()).join('; ')}`,
  )
}
