import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CHECKS, examine } from '../../src/doctor/index.ts'
import { createFixtureProbe } from './fixture-probe.ts'

/**
 * fixtures/doctor/{bad,good}/CHECK[-VARIANT]/ is the root of a machine. All checks run on each: a bad one has the findings that its
 * expected.txt lists, of that check and no other; a good one has none.
 */
const FIXTURES = join(import.meta.dirname, '../../fixtures/doctor')
const [BAD, GOOD] = [readdirSync(join(FIXTURES, 'bad')), readdirSync(join(FIXTURES, 'good'))]

const checkOf = (name: string) => CHECKS.find(({ id }) => name === id || name.startsWith(`${id}-`))?.id

async function found(kind: string, name: string): Promise<string[]> {
  const examined = await examine(createFixtureProbe(join(FIXTURES, kind, name)))
  return examined.flatMap(({ check, findings, unchecked }) => [
    ...findings.flatMap(({ severity, place, text, remedy }) => [`${severity} ${check.id} ${place}`, `  ${text}`, `  ${remedy}`]),
    ...(unchecked === null ? [] : [`unchecked ${check.id} ${unchecked}`]),
  ])
}

test.each(BAD)('of bad/%s exactly what is wrong is found, with its place and its remedy', async (name) => {
  const lines = await found('bad', name)
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(join(FIXTURES, 'bad', name, 'expected.txt'))
  for (const line of lines.filter((each) => !each.startsWith(' '))) expect(line.split(' ')[1]).toBe(checkOf(name))
})

test.each(GOOD)('of good/%s nothing is found', async (name) => {
  expect(await found('good', name)).toEqual([])
})

describe('every check', () => {
  test.each(CHECKS.map(({ id }) => id))('%s has a fixture in which something is wrong, and one in which nothing is', (id) => {
    expect(BAD.map(checkOf)).toContain(id)
    expect(GOOD.map(checkOf)).toContain(id)
  })

  test('has a name of its own, and its findings say where and what to do', () => {
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length)
    for (const name of BAD) {
      const lines = readFileSync(join(FIXTURES, 'bad', name, 'expected.txt'), 'utf8')
        .trimEnd()
        .split('\n')
      expect(lines.length % 3, name).toBe(0)
      for (const line of lines) expect(line, name).toMatch(/^ {2}\S|^(?:error|warning|note) \S+ \S/)
    }
  })
})
