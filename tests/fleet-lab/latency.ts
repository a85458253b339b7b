import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../fleet/redis-server.ts'
import { type Finding, findingsOf, milliseconds, percentile } from './finding.ts'
import type { Fleet } from './fleet.ts'
import type { LabNode } from './node.ts'

const BANS = 50
const MAXRETRY = 10
const PAUSE_MS = 50
const GOAL_MS = 250
const SLOW_MS = 100

/** From the deciding line on the first node until the last one's kernel has the ban. */
export async function latency(fleet: Fleet): Promise<Finding[]> {
  const { tell, show, differences } = findingsOf('latency')
  const here: number[] = []
  const there: number[] = []
  const everywhere: number[] = []
  for (let i = 0; i < BANS; i++) {
    const taken = await measure(fleet, fleet.first, fleet.nodes)
    here.push(taken[0]!)
    there.push(taken.at(-1)!)
    everywhere.push(Math.max(...taken))
  }
  return [
    tell(`node 1 itself (${BANS} bans)`, milliseconds(here)),
    show(`node ${fleet.last.number}`, milliseconds(there), `p99 ≤ ${GOAL_MS} ms`, percentile(there, 0.99) <= GOAL_MS),
    tell('the slowest of all nodes', milliseconds(everywhere)),
    differences(await fleet.agree()),
  ]
}

/** A node whose Redis takes its time bans as soon as ever. */
export async function slowRedis(fleet: Fleet): Promise<Finding[]> {
  const { show, differences } = findingsOf('slow Redis')
  await fleet.first.kill()
  await fleet.first.start(await fleet.slowUrl(SLOW_MS))
  await fleet.connected()
  const taken: number[] = []
  for (let i = 0; i < BANS; i++) taken.push(...(await measure(fleet, fleet.first, [fleet.first])))
  const what = `node 1, ${SLOW_MS} ms each way (${BANS} bans)`
  const findings = [show(what, milliseconds(taken), `p99 < ${SLOW_MS} ms`, percentile(taken, 0.99) < SLOW_MS)]
  const different = differences(await fleet.agree())
  await fleet.first.kill()
  await fleet.first.start(fleet.url)
  return [...findings, different]
}

/** How long until each of these nodes has banned who guesses at the node `at`, from his last guess; ms. */
async function measure(fleet: Fleet, at: LabNode, nodes: readonly LabNode[]): Promise<number[]> {
  const ip = fleet.newAddress()
  at.guess(ip, MAXRETRY - 1)
  await sleep(PAUSE_MS)
  const startMs = performance.now()
  at.guess(ip, 1)
  fleet.expected.add(ip)
  await until(() => nodes.every(({ bannedAt }) => bannedAt.has(ip)), `the ban of ${ip}`)
  return nodes.map(({ bannedAt }) => bannedAt.get(ip)! - startMs)
}
