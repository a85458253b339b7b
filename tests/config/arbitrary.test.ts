import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig, loadFilterFile, loadJailFile, packageRoot } from '../../src/config/index.ts'
import { SipguardError } from '../../src/errors.ts'

const FIXTURES = join(packageRoot, 'fixtures/config')
const SHIPPED = { filtersDir: join(FIXTURES, 'shipped/filters'), jailsDir: join(FIXTURES, 'shipped/jails') }
const samples = globSync(`${FIXTURES}/valid/{filter,jail,config}/*.yaml`)
  .sort()
  .map((path) => readFileSync(path, 'utf8'))
const LOADERS = { filter: loadFilterFile, jail: loadJailFile, config: (path: string) => loadConfig(path, SHIPPED) }

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-arbitrary-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** A valid file of any of the three sorts with one stretch replaced by YAML that means something else. */
const damaged = fc
  .record({
    sample: fc.constantFrom(...samples),
    at: fc.nat(1500),
    length: fc.nat(12),
    put: fc.constantFrom(
      '',
      ' ',
      '\n',
      ': ',
      '- ',
      '[',
      ']',
      '{}',
      '[]',
      "'",
      '"',
      '!',
      '*',
      '&a ',
      '#',
      '5',
      'null',
      'true',
      '-1',
      '\t',
      '<<',
      '|',
    ),
  })
  .map(({ sample, at, length, put }) => {
    const start = at % sample.length
    return `${sample.slice(0, start)}${put}${sample.slice(start + length)}`
  })

describe.each(Object.entries(LOADERS))('a %s of any text at all', (name, load) => {
  test('loads, or is refused with a place in the file for each fault', () => {
    const path = join(dir, `${name}.yaml`)
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: damaged }, { weight: 1, arbitrary: fc.json() }), (text) => {
        writeFileSync(path, text)
        try {
          load(path)
        } catch (error) {
          expect(error).toBeInstanceOf(SipguardError)
          for (const line of (error as SipguardError).message.split('\n')) expect(line).toMatch(/^\/.*:\d+:\d+: \S/)
        }
      }),
      { numRuns: 500 },
    )
  })
})
