import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import { costOf } from './line-cost.ts'
import { worstLines, worstPrefixes } from './worst-lines.ts'

/**
 * node tests/bench/classify-linear.ts: what a byte of the worst lines costs, by their length; flat where classification is linear. Ends
 * with 1 where it is not: what is quadratic costs 16 times as much a byte at 64 kB as at 4. tests/classify/linear.test.ts has the proof.
 */
const SIZES = [1, 4, 16, 64].map((kilobytes) => kilobytes * 1000)
const RUNS = 3
/** Between the noise of a machine and the 16 of what is quadratic. */
const MOST_RISE = 8

const filters = loadShippedFilters()
const classifier = createClassifier({ filters, tz: 'UTC' })

function report(name: string, linesOf: (bytes: number) => string[]): number {
  for (const bytes of SIZES) costOf(classifier, linesOf(bytes), 1)
  const costs = SIZES.map((bytes) => costOf(classifier, linesOf(bytes), RUNS))
  const shown = costs.map(({ nsPerByte }) => nsPerByte.toFixed(1).padStart(9)).join('')
  console.log(`${name.padEnd(48)}${shown}   ${JSON.stringify(costs.at(-1)?.line.slice(0, 60))}`)
  return (costs.at(-1)?.nsPerByte as number) / (costs[1]?.nsPerByte as number)
}

console.log(`${'ns a byte'.padEnd(48)}${SIZES.map((bytes) => `${bytes / 1000} kB`.padStart(9)).join('')}   the worst begins`)
let steepest = report('prefixes', worstPrefixes)
for (const filter of filters) {
  for (const rule of filter.rules)
    steepest = Math.max(
      steepest,
      report(`${filter.name}/${rule.id}`, (bytes) => worstLines(filter, rule, bytes)),
    )
}
console.log(`steepest rise from 4 to 64 kB: ${steepest.toFixed(2)} times`)
if (steepest > MOST_RISE) process.exitCode = 1
