/**
 * A fleet in network namespaces, one Redis, and a real `sipguard watch --enforce nftables` on every node (root; about a quarter of an hour).
 *
 *     npm run fleet -- [--nodes 20] [--rounds 100] [--seed N] [--json FILE]
 *
 * --json: the findings, one a line. Exit status 1 where one is not as it should be.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatTable } from '../../src/cli/table.ts'
import { distributedAttack } from './distributed.ts'
import type { Finding } from './finding.ts'
import { Fleet } from './fleet.ts'
import { latency, slowRedis } from './latency.ts'
import { outages } from './outages.ts'
import { partition } from './partition.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { nodes: text, rounds: text, seed: text, json: text } })
const nodes = wholeNumber('nodes', values.nodes ?? '20', 2)
const rounds = wholeNumber('rounds', values.rounds ?? '100', 0)
const seed = wholeNumber('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 32)), 0)

/** On a terminal it draws a bar, elsewhere it says every tenth. */
function progress(what: string, done: number, all: number): void {
  if (process.stderr.isTTY) {
    const filled = Math.round((30 * done) / all)
    process.stderr.write(`\r\x1b[K${'#'.repeat(filled)}${'.'.repeat(30 - filled)} ${what} ${done}/${all}${done === all ? '\n' : ''}`)
  } else if (done % 10 === 0 || done === all) console.error(`${what} ${done}/${all}`)
}

async function run(fleet: Fleet, findings: Finding[]): Promise<void> {
  const scenarios = [
    () => latency(fleet),
    () => distributedAttack(fleet),
    () => partition(fleet),
    () => outages(fleet, { seed, rounds, onRound: (done) => progress('rounds of outages', done, rounds) }),
    () => slowRedis(fleet),
  ]
  let started = 0
  await fleet.start(fleet.nodes, () => progress('nodes started', ++started, nodes))
  await fleet.connected()
  for (const [i, scenario] of scenarios.entries()) {
    findings.push(...(await scenario()))
    progress('scenarios', i + 1, scenarios.length)
  }
}

console.log(`seed ${seed}; the same again: npm run fleet -- --nodes ${nodes} --rounds ${rounds} --seed ${seed}`)
const interrupted = Promise.withResolvers<'interrupted'>()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.resolve('interrupted'))

const fleet = await Fleet.make(nodes)
const findings: Finding[] = []
try {
  const ended = await Promise.race([run(fleet, findings), interrupted.promise])
  if (ended === 'interrupted') process.exitCode = 130
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await fleet.close()
}
const rows = findings.map(({ scenario, what, value, goal, isMet }) => [scenario, what, value, goal, goal && (isMet ? 'yes' : 'NO')])
console.log(formatTable(['scenario', 'what', 'found', 'goal', 'met'], rows))
for (const { scenario, details } of findings) for (const detail of details) console.log(`${scenario}: ${detail}`)
if (values.json !== undefined) writeFileSync(values.json, findings.map((finding) => `${JSON.stringify(finding)}\n`).join(''))
if (findings.some(({ isMet }) => !isMet)) process.exitCode = 1
// Of an interrupted run something may still be waiting.
process.exit()

function wholeNumber(option: string, given: string, least: number): number {
  const number = Number(given)
  if (Number.isSafeInteger(number) && number >= least) return number
  console.error(`--${option} must be a whole number from ${least}, got '${given}'`)
  process.exit(2)
}
