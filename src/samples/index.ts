import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Filter } from '../config/types.ts'
import { checkSamples, unsampledRules } from './check.ts'
import type { TestCase } from './junit.ts'
import { readSamples, type Sample } from './sample-file.ts'

export { printedSamples } from './printed.ts'
export { readSamples, type Sample }

/** The samples of a filter: NAME.log and NAME.*.log of a folder. */
export function samplesOf(name: string, dir: string): Sample[] {
  return readdirSync(dir)
    .filter((file) => file === `${name}.log` || (file.startsWith(`${name}.`) && file.endsWith('.log')))
    .sort()
    .flatMap((file) => readSamples(join(dir, file)))
}

/** One case per sample, and one for the filter itself: every rule has a sample. @throws SipguardError as readSamples */
export function testFilter(filter: Filter, dir: string): TestCase[] {
  const samples = existsSync(dir) ? samplesOf(filter.name, dir) : []
  const cases = checkSamples(filter, samples).map(({ sample, faults }) => ({
    suite: filter.name,
    name: `${sample.file}:${sample.line}`,
    faults,
  }))
  const missing = unsampledRules(filter, samples).map((id) => `rule ${id} has no sample`)
  return [...cases, { suite: filter.name, name: `${filter.path}: every rule has a sample`, faults: missing }]
}
