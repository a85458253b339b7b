import { until } from '../fleet/redis-server.ts'
import { type Finding, findingsOf, milliseconds } from './finding.ts'
import type { Fleet } from './fleet.ts'

const ATTACKERS = 20
const MAXRETRY = 10

/** Attackers who show every node one guess only (where there are fewer than ten: a few), each from another node on. */
export async function distributedAttack(fleet: Fleet, attackers = ATTACKERS): Promise<Finding[]> {
  const { tell, show, differences } = findingsOf('distributed attack')
  const { nodes } = fleet
  let early = 0
  const taken: number[] = []
  for (let attacker = 0; attacker < attackers; attacker++) {
    const ip = fleet.newAddress()
    const target = (guess: number) => nodes[(attacker + guess) % nodes.length]!
    const read = async () => (await Promise.all(nodes.map((node) => node.status()))).reduce((sum, { totals }) => sum + totals.lines, 0)
    const before = await read()
    for (let guess = 1; guess < MAXRETRY; guess++) target(guess).guess(ip, 1)
    await until(async () => (await read()) === before + MAXRETRY - 1, 'all guesses to be read')
    if (nodes.some(({ bannedAt }) => bannedAt.has(ip))) early++
    const startMs = performance.now()
    target(MAXRETRY).guess(ip, 1)
    fleet.expected.add(ip)
    await until(() => nodes.every(({ bannedAt }) => bannedAt.has(ip)), `the ban of ${ip} on all nodes`)
    taken.push(Math.max(...nodes.map(({ bannedAt }) => bannedAt.get(ip)!)) - startMs)
  }
  return [
    show(`banned before guess ${MAXRETRY}`, early, '0', early === 0),
    show(`banned everywhere at guess ${MAXRETRY}`, `${taken.length} of ${attackers}`, 'all', taken.length === attackers),
    tell(`from guess ${MAXRETRY} until all ${nodes.length} drop`, milliseconds(taken)),
    differences(await fleet.agree()),
  ]
}
