import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describedMappings, withTables } from '../scripts/configuration-tables.ts'
import { loadConfig } from '../src/config/index.ts'
import { readPage, rows } from './docs-pages.ts'
import { temporaryDirectories } from './state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
const PAGE = readPage('docs/configuration.md')

/** The tables by the mapping each is of. */
const TABLES = new Map(
  [...PAGE.matchAll(/<!-- keys: (.+) -->\n([\s\S]*?)<!-- end -->/g)].map(([, name = '', table = '']) => [name, rows(table)]),
)

describe('docs/configuration.md and the schemas', () => {
  test('say the same of every key; npm run docs writes it', () => {
    expect(withTables(PAGE)).toBe(PAGE)
  })

  test('have the same mappings', () => {
    // The first is told as a source, the second in the row that it stands in.
    const elsewhere = ['hep', 'http/tls']
    expect([...describedMappings().keys()].filter((name) => !elsewhere.includes(name)).sort()).toEqual([...TABLES.keys()].sort())
  })
})

describe('a default that docs/configuration.md names', () => {
  /** A configuration in which keys of this mapping stand at the `%`. */
  const WRITTEN: Readonly<Record<string, string>> = {
    'the file': '%',
    trust: 'trust: { % }',
    unproved: 'unproved: { % }',
    store: 'store: { url: redis://192.0.2.1, % }',
    records: 'records: { % }',
    notify: 'notify: { % }',
    'notify/channels': 'notify: { channels: [{ webhook: "http://127.0.0.1/", % }] }',
    http: 'http: { listen: 127.0.0.1:1, % }',
    'sources/syslog': 'sources: [{ syslog: { % } }]',
    'sources/hep': 'sources: [{ hep: { % } }]',
    'sources/docker': 'sources: [{ docker: { container: a, % } }]',
    jails: 'jails: { x: { kinds: [flood], maxretry: 1, findtime: 1m, bantime: 1m, % } }',
    'jails/then': 'jails: { x: { kinds: [flood], maxretry: 1, findtime: 1m, then: { maxretry: 1, findtime: 1m, bantime: 1m, % } } }',
  }
  const defaults = [...TABLES].flatMap(([mapping, keys]) =>
    keys.flatMap(([key = '', , told = '']) => {
      const value = /^`([^`]+)`$/.exec(told)?.[1]
      return value === undefined ? [] : [[mapping, key.slice(1, -1), value] as const]
    }),
  )

  test.each(defaults)('in %s is that of %s: %s', (mapping, key, value) => {
    const file = join(newDirectory(), 'sipguard.yaml')
    const read = (written: string) => {
      writeFileSync(file, WRITTEN[mapping]!.replace('%', written))
      return loadConfig(file)
    }
    expect(read(`${key}: ${value}`)).toEqual(read(''))
  })

  test('is found in the tables', () => expect(defaults.length).toBeGreaterThan(20))
})
