/**
 * Writes the tables of docs/filters.md anew: the rules of the shipped filters and the red list, as their files have them.
 * Run it again when those have changed: node scripts/filter-tables.ts. tests/docs-filters.test.ts fails until then.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { loadShippedFilters, packageRoot } from '../src/config/index.ts'
import type { FilterRule } from '../src/config/types.ts'

const PAGE = join(packageRoot, 'docs/filters.md')

/** The page with its tables as they should be; each stands between `<!-- table: NAME -->` and `<!-- end -->`. */
export function withTables(page: string): string {
  const tables = new Map(loadShippedFilters().map(({ name, rules }) => [name, ruleTable(rules)]))
  tables.set('redlist', redList())
  return page.replace(/(<!-- table: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, open: string, name: string, close: string) => {
    const table = tables.get(name)
    if (table === undefined) throw new Error(`docs/filters.md: there is no table '${name}'`)
    return `${open}${table}\n${close}`
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
  return markdown(['rule', 'kind', 'reason', 'counts', 'verdict'], rows)
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
  return markdown(['file', 'finding', 'what is wrong'], rows)
}

function markdown(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')))
