import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadConfig, loadFilterFile, loadJailFile, loadShippedFilters, loadShippedJails, packageRoot } from '../../src/config/index.ts'
import { SipguardError } from '../../src/errors.ts'

/** The folder a fixture lies in says what it is. */
const FIXTURES = join(packageRoot, 'fixtures/config')
const SHIPPED = { filtersDir: join(FIXTURES, 'shipped/filters'), jailsDir: join(FIXTURES, 'shipped/jails') }
const LOADERS: Readonly<Record<string, (path: string) => unknown>> = {
  filter: loadFilterFile,
  jail: loadJailFile,
  config: (path) => loadConfig(path, SHIPPED),
  yaml: (path) => loadConfig(path, SHIPPED),
  'filter-files': loadFilterFile,
}

function load(path: string): unknown {
  const loader = LOADERS[basename(dirname(path))]
  if (!loader) throw new Error(`no loader for ${path}`)
  return loader(path)
}

/** `FILE:LINE:COL: message` as fixtures write it: `[LINE:COL] message`, paths relative to the fixtures. */
function faultsOf(path: string): string[] {
  try {
    load(path)
  } catch (error) {
    if (!(error instanceof SipguardError) || error.code !== 'CONFIG_INVALID') throw error
    return error.message.split('\n').map((line) => {
      expect(line.startsWith(`${path}:`)).toBe(true)
      return line
        .slice(path.length)
        .replace(/^:(\d+):(\d+): /, '[$1:$2] ')
        .replaceAll(`${FIXTURES}/`, '')
    })
  }
  return []
}

function wantedOf(path: string): string[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line.startsWith('# wantErr: ')).map((line) => line.slice('# wantErr: '.length))
}

const invalid = globSync(`${FIXTURES}/invalid/**/*.yaml`).sort()
const valid = globSync(`${FIXTURES}/valid/**/*.yaml`).sort()

describe('a file with a fault gives exactly the errors its first lines name', () => {
  test('there are many of them', () => {
    expect(invalid.length).toBeGreaterThan(100)
  })
  test.each(invalid.map((path) => [path.slice(FIXTURES.length + 1), path] as const))('%s', (_, path) => {
    const wanted = wantedOf(path)
    expect(wanted).not.toEqual([])
    expect(faultsOf(path)).toEqual(wanted)
  })
})

describe('a file without a fault loads', () => {
  test('there are some of them', () => {
    expect(valid.length).toBeGreaterThan(5)
  })
  test.each(valid.map((path) => [path.slice(FIXTURES.length + 1), path] as const))('%s', (_, path) => {
    expect(() => load(path)).not.toThrow()
  })
})

describe('what is shipped', () => {
  test('every filter loads, each under the name of its file', () => {
    const files = globSync(join(packageRoot, 'filters/*.yaml')).map((path) => basename(path, '.yaml'))
    expect(loadShippedFilters().map((filter) => filter.name)).toEqual(files.sort())
  })
  test('every jail loads, each under the name of its file', () => {
    const files = globSync(join(packageRoot, 'jails/*.yaml')).map((path) => basename(path, '.yaml'))
    expect(loadShippedJails().map((jail) => jail.name)).toEqual(files.sort())
  })
  test('filters that a jail names exist', () => {
    const known = new Set(loadShippedFilters().map((filter) => filter.name))
    const named = loadShippedJails().flatMap((jail) => jail.filters ?? [])
    expect(named.filter((name) => !known.has(name.replace(/^!/, '')))).toEqual([])
  })
  test('the defaults are a configuration: no source, no enforcement, ssh never dropped', () => {
    expect(loadConfig(null)).toMatchObject({
      path: null,
      sources: [],
      enforce: 'none',
      never: [{ protocol: 'tcp', port: 22 }],
      store: { type: 'embedded', maxkeys: 1_000_000 },
    })
  })
})
