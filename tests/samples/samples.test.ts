import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { loadShippedFilters } from '../../src/config/index.ts'
import { SipguardError } from '../../src/errors.ts'
import { readSamples, samplesOf, testFilter } from '../../src/samples/index.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
let dir: string
beforeEach(() => {
  dir = newDirectory()
})
const write = (text: string | Buffer, name = 'opensips.log') => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const opensips = loadShippedFilters().find(({ name }) => name === 'opensips')!
const LINE =
  'Jan 15 10:30:45 edge1 opensips[1]: NOTICE:REGISTER: Failed registration logged to database - 1001@example.com from 192.0.2.7:5060, response 403 Forbidden'
/** What is wrong with this one sample. */
const faults = (expectation: object, line = LINE) => {
  write(`# failJSON: ${JSON.stringify(expectation)}\n${line}\n`)
  return testFilter(opensips, dir)[0]!.faults
}

describe('a sample file', () => {
  test('holds raw lines byte for byte, each under its comment; other comments and empty lines are nothing', () => {
    const file = write(
      Buffer.concat([
        Buffer.from('# about\n\n# failJSON: {"match":true,"host":"192.0.2.7"}\na \xff\r\n#failJSON: {"match":false}\n', 'latin1'),
        Buffer.from('last'),
      ]),
    )
    expect(readSamples(file)).toEqual([
      { file, line: 4, bytes: Buffer.from('a \xff\r', 'latin1'), expect: { match: true, host: '192.0.2.7' } },
      { file, line: 6, bytes: Buffer.from('last'), expect: { match: false } },
    ])
  })
  test('names every fault by file and line', () => {
    const file = write('no comment\n# failJSON: {oops}\nx\n# failJSON: {"host":1}\n')
    const error = (() => {
      try {
        readSamples(file)
      } catch (thrown) {
        return thrown as SipguardError
      }
    })()
    expect(error).toBeInstanceOf(SipguardError)
    expect(error?.message).toBe(
      [
        `${file}:1:1: a line without a # failJSON: comment above it`,
        `${file}:2:1: expected # failJSON: { "match": true, … }, got '{oops}'`,
        `${file}:3:1: a line without a # failJSON: comment above it`,
        `${file}:4:1: expected # failJSON: { "match": true, … }, got '{"host":1}'`,
      ].join('\n'),
    )
    expect(error?.exitStatus).toBe(2)
  })
  test('that cannot be read is an error', () => {
    expect(() => readSamples(join(dir, 'none.log'))).toThrow(`cannot read the fixtures ${join(dir, 'none.log')}: ENOENT`)
  })
  test('belongs to the filter of its name, alone or with a word more', () => {
    for (const name of ['opensips.log', 'opensips.wrapped.log', 'opensips2.log', 'kamailio.log', 'opensips.txt'])
      write('# failJSON: {"match":false}\nx\n', name)
    expect(samplesOf('opensips', dir).map(({ file }) => file)).toEqual([join(dir, 'opensips.log'), join(dir, 'opensips.wrapped.log')])
  })
})

describe('a sample is checked', () => {
  const right = { match: true, time: '2026-01-15T10:30:45', host: '192.0.2.7', rule: 'failed-registration', user: '1001', code: 403 }
  test('and is right when all it says is so', () => {
    expect(faults(right)).toEqual([])
    expect(faults({ ...right, host: '::ffff:192.0.2.7', time: '2026-01-15T11:30:45+01:00' })).toEqual([])
  })
  test.each([
    [{ ...right, match: false }, 'match: expected false, got "failed-registration"'],
    [{ ...right, host: '192.0.2.8' }, 'host: expected "192.0.2.8", got "192.0.2.7"'],
    [{ ...right, host: null }, 'host: expected null, got "192.0.2.7"'],
    [{ ...right, rule: 'flood' }, 'rule: expected "flood", got "failed-registration"'],
    [{ ...right, time: '2026-01-15T10:30:47' }, 'time: expected "2026-01-15T10:30:47", got "2026-01-15T10:30:45.000Z"'],
    [{ ...right, user: '1002' }, 'user: expected "1002", got "1001"'],
    [{ ...right, nonsense: 1 }, 'nonsense: expected 1, got null'],
  ])('%j is wrong', (expectation, fault) => {
    expect(faults(expectation)).toEqual([fault])
  })
  test('a line that no rule knows is a negative sample, or a fault', () => {
    expect(faults({ match: false }, 'Jan 15 10:30:45 edge1 opensips[1]: nothing')).toEqual([])
    expect(faults({ match: true }, 'Jan 15 10:30:45 edge1 opensips[1]: nothing')).toEqual(['match: expected true, got "no rule"'])
    expect(faults({ match: false, rule: 'flood' }, 'nothing')).toEqual(['rule: expected "flood", got null'])
  })
  test('a line that a rule knows and that does not count has to name the rule', () => {
    const challenge = LINE.replace('403 Forbidden', '401 Unauthorized')
    expect(faults({ match: false, rule: 'failed-registration-challenge' }, challenge)).toEqual([])
    expect(faults({ match: false }, challenge)).toEqual(['rule: expected null, got "failed-registration-challenge"'])
  })
})

test('a filter without samples fails with each of its rules', () => {
  const [only] = testFilter(opensips, join(dir, 'none'))
  expect(only?.name).toBe(`${opensips.path}: every rule has a sample`)
  expect(only?.faults).toEqual(opensips.rules.map(({ id }) => `rule ${id} has no sample`))
})
