/**
 * Writes the tables of docs/filters.md anew: the rules of the shipped filters and the red list, as their files have them.
 * Run it again when those have changed: npm run docs. tests/docs-filters.test.ts fails until then.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadShippedFilters, packageRoot } from '../src/config/index.ts'
import type { FilterRule } from '../src/config/types.ts'
import { markdownTable, replaceTables } from './page-tables.ts'

const PAGE = join(packageRoot, 'docs/filters.md')

export function withTables(page: string): string {
  const tables = new Map(loadShippedFilters().map(({ name, rules }) => [name, ruleTable(rules)]))
  tables.set('redlist', redList())
  return replaceTables(page, 'table', (name) => {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`docs/filters.md: there is no table '${name}'`)
    return table
  })
}

function ruleTable(rules: readonly FilterRule[]): string {
  const rows = rules.map(({ id, kind, reason, counted, shadow, verdict }) => [
    `\`${id}\``,
    kind,
    reason ?? '',
    shadow ? 'shadow' : counted ? 'yes' : '',
    verdict === 'runtime' ? 'run time' : 'proved',
  ])
  return markdownTable(['rule', 'kind', 'reason', 'counts', 'verdict'], rows)
}

function redList(): string {
  const rows = globSync(join(packageRoot, 'fixtures/redlist/*.yaml'))
    .sort()
    .map((path) => {
      const first = readFileSync(path, 'utf8').split('\n', 1)[0] ?? ''
      const [, kind, why] = /^# refuted: (\w+): (.*)$/.exec(first) ?? []
      const [, refusal] = /^# wantErr: \[\d+:\d+\] (.*)$/.exec(first) ?? []
      return [`\`${basename(path)}\``, kind ?? 'not read', why ?? refusal ?? '']
    })
  return markdownTable(['file', 'finding', 'what is wrong'], rows)
}

if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')))
