import { spawnSync } from 'node:child_process'
import { loadConfig } from '../../src/config/index.ts'
import type { Filter } from '../../src/config/types.ts'
import { createPipeline } from '../../src/pipeline.ts'
import type { Ban } from '../../src/types.ts'
import { batchOf } from '../batch.ts'
import { type Figure, median, type Part } from './figure.ts'
import { logLines } from './logs.ts'

const ROUNDS = 7
const ROUNDS_QUICK = 3
const LINES = 400_000
const LINES_QUICK = 100_000
/** Before the clock runs: code is compiled, windows are full. */
const WARM_UP = 100_000
const BATCH = 1000

interface Case {
  readonly lines: number
  readonly bans: number
  readonly filters: number
}

const count = (number: number) => number.toLocaleString('en')

/**
 * What a line costs in processor time, user and system, when more addresses are banned and when there are more filters: neither is to be felt.
 * Prefix to decision, without the reading; half of the lines are an attacker's. Every round is a process of its own.
 */
export const flat: Part = async ({ quick }) => {
  const lines = quick ? LINES_QUICK : LINES
  const least = { lines, bans: 0, filters: 4 }
  const cases: readonly (readonly [name: string, Case])[] = [
    ['4 filters, nobody banned', least],
    [`4 filters, ${count(100_000)} banned`, { ...least, bans: 100_000 }],
    [`4 filters, ${count(1_000_000)} banned`, { ...least, bans: 1_000_000 }],
    ['20 filters, nobody banned', { ...least, filters: 20 }],
  ]
  const taken = cases.map((): number[] => [])
  for (let round = 0; round < (quick ? ROUNDS_QUICK : ROUNDS); round++) {
    for (const [i, [, given]] of cases.entries()) taken[i]!.push(measureApart(given))
  }
  const first = cases[0]![0]
  return cases.map(([name], i): Figure => {
    const value = median(taken[i]!)
    return {
      ...{ group: 'Processor time a line', name, value, unit: 'µs' },
      ...(i > 0 && { ratio: { times: value / median(taken[0]!), of: first } }),
    }
  })
}

function measureApart(given: Case): number {
  const { stdout, stderr, status } = spawnSync(process.execPath, [import.meta.filename, JSON.stringify(given)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${JSON.stringify(given)} ended with ${status}: ${stderr}`)
  return Number(stdout)
}

/** Microseconds a line. */
function measure({ lines, bans, filters }: Case): number {
  const config = loadConfig(null)
  const shipped = config.filters
  const all = Array.from({ length: filters }, (_, i) => filterOf(shipped[i % shipped.length]!, Math.floor(i / shipped.length)))
  const { feed, judge } = createPipeline({ config: { ...config, filters: all, tz: 'UTC' }, node: 'bench', clock: 'log', observer: {} })
  judge.restore({ counters: [], phones: [], offences: [], bans: Array.from({ length: bans }, (_, i) => banOf(i)) })
  const text = [...logLines({ server: 'opensips', lines: lines + WARM_UP, every: 2 })]
  const batches = Array.from({ length: text.length / BATCH }, (_, i) => batchOf(text.slice(i * BATCH, (i + 1) * BATCH)))
  for (const batch of batches.splice(0, WARM_UP / BATCH)) feed(batch)
  const before = process.cpuUsage()
  for (const batch of batches) feed(batch)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / lines
}

/** Other servers of the same kinds, each under a program name of its own. */
function filterOf(filter: Filter, copy: number): Filter {
  return copy === 0 ? filter : { ...filter, name: `${filter.name}-${copy}`, programs: filter.programs.map((name) => `${name}-${copy}`) }
}

function banOf(i: number): Ban {
  return {
    ...{ ip: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, scope: 'address', prefix: null, port: null, transport: null },
    ...{ jail: 'sip-auth', fromMs: 0, untilMs: null, nth: 1, count: 10, level: 'unknown', evidence: 'unproved', node: 'bench' },
  }
}

if (import.meta.main) console.log(measure(JSON.parse(process.argv[2]!) as Case))
