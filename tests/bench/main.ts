/**
 * `npm run bench -- [part…] [--quick] [--json FILE]`: what sipguard and its peers take for the same, in one run, as one table. `--quick` does less
 * and says what got slower since the last release. Figures of two machines differ: compare ratios.
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { latency } from './ban-latency.ts'
import { bans } from './bans.ts'
import type { Figure, Part } from './figure.ts'
import { flat } from './flat.ts'
import { fleet } from './fleet-counts.ts'
import { hep } from './hep.ts'
import { idle } from './idle.ts'
import { memory } from './memory.ts'
import { reading } from './reading.ts'
import { rotation } from './rotation.ts'
import { LAST_RELEASE, readRun, runOf, writeRun } from './run-file.ts'
import { formatComparison, formatTable } from './table.ts'
import { watching } from './watching.ts'

const PARTS: Readonly<Record<string, Part>> = { reading, watching, flat, latency, bans, rotation, idle, memory, hep, fleet }

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  allowPositionals: true,
})
const unknown = positionals.find((name) => !(name in PARTS))
if (unknown !== undefined) {
  console.error(`unknown part '${unknown}'; parts are ${Object.keys(PARTS).join(', ')}`)
  process.exit(2)
}

const figures: Figure[] = []
for (const [name, part] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  console.error(`${name} …`)
  figures.push(...(await part({ quick: values.quick })))
}
const run = runOf(figures, values.quick)
console.log(formatTable(run))
if (values.quick) {
  const compared = existsSync(LAST_RELEASE) ? formatComparison(run, readRun(LAST_RELEASE)) : 'No release has left figures to compare with.'
  console.log(`\n${compared}`)
}
if (values.json !== undefined) writeRun(values.json, run)
