import { parseArgs } from 'node:util'
import { loadShippedFilters } from '../../src/config/index.ts'
import { corpusLines, fixtureLines, mutatedLines } from '../classify/mutated-lines.ts'
import { createComparison } from '../classify/same-path.ts'
import { Random } from '../generator/random.ts'

/** node tests/bench/same-path.ts [--seed N] [--count N]: the quick way against the plain one, on changed lines; ends with 1 where they differ. */
const { values } = parseArgs({ options: { seed: { type: 'string' }, count: { type: 'string', default: '1000000' } } })
const seed = Number(values.seed ?? Date.now() % 2 ** 32)
const count = Number(values.count)
const filters = loadShippedFilters()
const compare = createComparison(filters)
const random = new Random(seed)
const pins = [null, ...filters.map(({ name }) => name)]
let wrong = 0
let left = count
for (const line of mutatedLines(filters, [...fixtureLines(filters), ...(corpusLines() ?? [])], random)) {
  if (left-- === 0) break
  const fault = compare(line, random.once(5) ? random.pick(pins) : null)
  if (fault === null) continue
  if (++wrong <= 20) console.log(fault)
}
console.log(`${count} lines of seed ${seed}: ${wrong} differ`)
process.exitCode = wrong > 0 ? 1 : 0
