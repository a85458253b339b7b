import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withTables } from '../scripts/filter-tables.ts'
import { loadFilterFile, loadShippedFilters, packageRoot } from '../src/config/index.ts'
import { PREFIXES } from '../src/config/types.ts'
import { SipguardError } from '../src/errors.ts'
import { FIELD_TAGS } from '../src/pattern/template.ts'
import { type Finding, proveFilter, renderFinding } from '../src/prove/index.ts'
import { testFilter } from '../src/samples/index.ts'
import { COUNTED_KINDS, EVENT_KINDS, KNOCK_REASONS } from '../src/types.ts'
import { createProgram } from './command-lines.ts'
import { temporaryDirectories } from './state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
const PAGE = readFileSync(join(packageRoot, 'docs/filters.md'), 'utf8')

/** The text below a heading, up to the next one of its rank or a higher one; `# ` begins comments in examples. */
function section(heading: string): string {
  const rank = heading.indexOf(' ')
  const from = PAGE.indexOf(`\n${heading}\n`)
  expect(from, heading).toBeGreaterThan(0)
  const text = PAGE.slice(from + heading.length + 2)
  const end = text.search(new RegExp(`^#{2,${rank}} `, 'm'))
  return end < 0 ? text : text.slice(0, end)
}

/** The cells of a table's rows; titles stand without backticks. */
const rows = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(2, -2).split(' | '))

const firstCells = (text: string) => rows(text).map(([first]) => first?.replaceAll('`', ''))
const words = (text: string) => [...text.matchAll(/`([a-zA-Z_]+)`/g)].map(([, word]) => word)
const block = (text: string, language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? ''

/** The keys that a filter file may have, as the reader itself tells those who use another. */
function knownKeys(at: 'file' | 'rule' | 'guarantee' | 'guarantees'): string[] {
  const unknown = 'zzzzzzzzzzzz: 1'
  const text = {
    file: unknown,
    rule: `rules:\n  - ${unknown}`,
    guarantees: `rules:\n  - guarantees: { ${unknown} }`,
    guarantee: `rules:\n  - guarantees: { user: { ${unknown} } }`,
  }[at]
  const path = join(newDirectory(), 'x.yaml')
  writeFileSync(path, `${text}\n`)
  let message = ''
  try {
    loadFilterFile(path)
  } catch (error) {
    if (error instanceof SipguardError) message = error.message
  }
  const listed = /unknown key 'zzzzzzzzzzzz'; keys are (.*)/.exec(message)?.[1]
  return listed?.split(', ') ?? []
}

describe('docs/filters.md says what the code does, and the reverse', () => {
  test('its tables are those of the files; npm run docs writes them', () => {
    expect(withTables(PAGE)).toBe(PAGE)
    expect([...PAGE.matchAll(/<!-- table: (\S+) -->/g)].map(([, name]) => name).sort()).toEqual(
      [...loadShippedFilters().map(({ name }) => name), 'redlist'].sort(),
    )
  })

  test.each(['file', 'rule', 'guarantee'] as const)('every key of a %s', (at) => {
    const keys = knownKeys(at)
    expect(keys).not.toEqual([])
    expect(firstCells(section(`### Of a ${at}`.replace('a file', 'the file'))).sort()).toEqual(keys.sort())
  })

  test('every field of guarantees', () => {
    const [listed = ''] = section('### Of a guarantee').split('\n|')
    const fields = words(listed).filter((word) => word !== 'guarantees')
    expect(fields.sort()).toEqual(knownKeys('guarantees').sort())
  })

  test('every kind, and whether it counts', () => {
    const told = rows(section('### Kinds')).map(([kind, , counts]) => [kind?.replaceAll('`', ''), counts === 'yes'])
    expect(told).toEqual(EVENT_KINDS.map((kind) => [kind, COUNTED_KINDS.has(kind)]))
  })

  test('every reason of a door knock', () => {
    const [, reasons = ''] = section('### Kinds').split('Reasons of a door knock')
    expect(words(reasons).sort()).toEqual([...KNOCK_REASONS].sort())
  })

  test('every tag', () => {
    const tags = ['<ADDR>', '<PORT>', ...Object.keys(FIELD_TAGS).map((tag) => `<F-${tag}>`)]
    expect(firstCells(section('## The pattern language')).sort()).toEqual(tags.sort())
  })

  test('every prefix', () => {
    const prefix = rows(section('### Of the file')).find(([key]) => key === '`prefix`')?.[1] ?? ''
    expect(words(prefix)).toEqual(PREFIXES)
  })

  test('every finding', () => {
    const kinds: Record<Finding['kind'], true> = { injection: true, overlap: true, evasion: true, time: true, vacuous: true, refused: true }
    expect(firstCells(section('## Reading a finding')).sort()).toEqual(Object.keys(kinds).sort())
  })

  test('every option that it names is one of a command that it names', () => {
    const known = createProgram()
      .commands.flatMap((command) => [command, ...command.commands])
      .flatMap(({ options }) => options.map(({ long }) => long))
    const named = new Set([...PAGE.matchAll(/(?<=[ `])--[a-z][a-z-]*/g)].map(([option]) => option))
    expect([...named].filter((option) => !known.includes(option))).toEqual([])
    expect(named).toContain('--allow-unproven')
  })

  test('its example is proved, and its samples are as they say', () => {
    const dir = newDirectory()
    const path = join(dir, 'mysbc.yaml')
    writeFileSync(path, block(section('## A filter of your own'), 'yaml'))
    mkdirSync(join(dir, 'fixtures'))
    writeFileSync(join(dir, 'fixtures/mysbc.log'), block(section('## Samples'), ''))
    const filter = loadFilterFile(path)
    const against = loadShippedFilters().filter(({ prefix }) => prefix === filter.prefix)
    const { rules } = proveFilter(filter, { against })
    expect(rules).toEqual(filter.rules.map(({ id }) => ({ rule: id, verdict: 'proved', findings: [] })))
    const cases = testFilter(filter, join(dir, 'fixtures'))
    expect(cases.length).toBe(6)
    expect(cases.flatMap(({ faults }) => faults)).toEqual([])
  })

  test('the finding that it explains is the one that is found', () => {
    const text = section('## Reading a finding')
    const name = /<!-- finding: (\S+) -->/.exec(text)?.[1]
    const filter = loadFilterFile(join(packageRoot, `fixtures/redlist/${name}.yaml`))
    expect(block(text, 'yaml')).toBe(`failregex: '${filter.rules[0]?.failregex}'\n`)
    const found = proveFilter(filter).rules.flatMap(({ findings }) => findings.map(renderFinding))
    expect(block(text.slice(text.indexOf('<!-- finding')), '')).toBe(`${found[0]}\n`)
  })
})
