/**
 * Every attack under every guard, each in a lab of its own, one after the other; prints the table (root; about a quarter of an hour).
 *
 *     npm run lab -- [--rows ROW,…] [--guards GUARD,…] [--seconds N] [--json FILE]
 *
 * --seconds: how long an attack may last, default 20. --json: the cells with all that was measured, one a line.
 */
import { appendFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ROWS } from './attacks.ts'
import { type Cell, runCell } from './cell.ts'
import { GUARD_NAMES } from './guards.ts'
import { show, table } from './table.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { rows: text, guards: text, seconds: text, json: text } })
const rows = named('row', ROWS, values.rows)
const guards = named('guard', GUARD_NAMES, values.guards)
const seconds = Number(values.seconds ?? 20)
if (!(seconds >= 1)) fail(`--seconds must be a number from 1, got '${values.seconds}'`)
if (values.json !== undefined) writeFileSync(values.json, '')

// The lab at work must be taken down first, which may last as long as its attack.
let interrupted = false
process.on('SIGINT', () => {
  interrupted = true
})

const cells: Cell[] = []
for (const row of rows) {
  for (const guard of guards) {
    const cell = await runCell(row, guard, seconds).catch((error) => {
      if (!interrupted) throw error
    })
    if (interrupted || !cell) process.exit(130)
    cells.push(cell)
    console.error(`${row}, ${guard}: ${show(cell)}`)
    if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(cell)}\n`)
  }
}
console.log(table(cells, guards))

function named<T extends string>(what: string, known: readonly T[], list: string | undefined): readonly T[] {
  if (list === undefined) return known
  return list.split(',').map((name) => known.find((one) => one === name) ?? fail(`unknown ${what} '${name}': one of ${known.join(', ')}`))
}

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}
