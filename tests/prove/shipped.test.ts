import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadShippedFilters, packageRoot } from '../../src/config/index.ts'
import { proveFilter, renderFinding } from '../../src/prove/index.ts'
import { printedSamples, samplesOf } from '../../src/samples/index.ts'

const FIXTURES = join(packageRoot, 'fixtures/filters')

/** The daemon takes the shipped filters as proved: here they are. */
describe('nobody can fool a shipped filter', () => {
  it.each(loadShippedFilters().map((filter) => [filter.name, filter] as const))(
    '%s is proved, its samples allowed for',
    { timeout: 60_000 },
    (name, filter) => {
      const samples = printedSamples(filter, samplesOf(name, FIXTURES))
      // The guard says something of every rule.
      expect(filter.rules.map(({ id }) => id).filter((id) => !samples.some(({ rule }) => rule === id))).toEqual([])
      const { ok, rules, echo } = proveFilter(filter, { samples })
      const refused = rules.filter(({ verdict }) => verdict === 'refused')
      expect([...echo, ...refused.flatMap(({ findings }) => findings)].map(renderFinding)).toEqual([])
      expect(ok).toBe(true)
      // A run-time verdict costs time and may ban nobody: it stands only where there is no proof.
      const needless = rules.filter(({ verdict, findings }) => verdict === 'runtime' && findings.length === 0)
      expect(needless.map(({ rule }) => rule)).toEqual([])
    },
  )
})
