import { parseArgs } from 'node:util'
import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import { describe, disagreement } from './disagreement.ts'
import { generateLines } from './generate.ts'

/** The nightly run: node tests/generator/million.ts [--seed N] [--count N]; exit status 1 where anything disagrees. */
const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string', default: '1000000' } } })
const seed = Number(values.seed ?? Date.now() % 2 ** 32)
const count = Number(values.count)
const filters = loadShippedFilters()
const classifier = createClassifier({ filters, tz: 'UTC' })
const began = performance.now()
let wrong = 0
let left = count
for (const line of generateLines(filters, seed)) {
  if (left-- === 0) break
  const found = disagreement(classifier, line)
  if (found === null) continue
  if (++wrong <= 20) console.log(describe(line, found))
}
console.log(`${count} lines of seed ${seed}: ${wrong} disagreements, ${((performance.now() - began) / 1000).toFixed(0)} s`)
process.exitCode = wrong > 0 ? 1 : 0
