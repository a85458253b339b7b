import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonicalAddress } from '../src/address.ts'
import { loadShippedFilters } from '../src/config/index.ts'
import { samplesOf, testFilter } from '../src/samples/index.ts'
import { root } from './sipguard.ts'

/** fixtures/filters/*.log are the specification of filters/*.yaml (DESIGN section 4, laws 3 and 4). */
const folder = join(root, 'fixtures/filters')
/** Looks like an address; whether it is one is asked of canonicalAddress. */
const CANDIDATE = /[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*[0-9A-Fa-f]/g

const addressesIn = (text: string) =>
  new Set(
    [...text.matchAll(CANDIDATE)]
      .flatMap(([word]) => [word, word.replace(/:\d+$/, ''), word.replace(/[:.]+$/, '')])
      .map(canonicalAddress)
      .filter((ip) => ip !== null),
  )

describe.each(loadShippedFilters())('the samples of $name', (filter) => {
  const samples = samplesOf(filter.name, folder)

  test('are classified as their comments say, and every rule has one', () => {
    const wrong = testFilter(filter, folder).filter(({ faults }) => faults.length > 0)
    expect(wrong).toEqual([])
    expect(samples.length).toBeGreaterThan(filter.rules.length)
  })
  test('show every counted rule counting', () => {
    const counting = new Set(samples.filter(({ expect: { match } }) => match).map(({ expect: { rule } }) => rule))
    const silent = filter.rules.filter(({ counted, shadow, id }) => counted && !shadow && !counting.has(id))
    expect(silent.map(({ id }) => id)).toEqual([])
  })
  test('hold lines that are nobody’s failure', () => {
    const negative = samples.filter(({ expect: { match } }) => !match)
    expect(negative.some(({ expect: { rule } }) => rule === undefined)).toBe(true)
    expect(negative.some(({ expect: { rule } }) => rule !== undefined)).toBe(true)
  })
  test('hold injections: another address in the text than the one it counts against', () => {
    const injections = samples.filter(({ bytes, expect: { match, host } }) => {
      if (!match || typeof host !== 'string') return false
      return [...addressesIn(bytes.toString('latin1'))].some((ip) => ip !== canonicalAddress(host))
    })
    expect(injections.length).toBeGreaterThan(0)
  })
})

test('every fixture log belongs to a filter', () => {
  const known = loadShippedFilters().flatMap(({ name }) => samplesOf(name, folder).map(({ file }) => file))
  expect(new Set(known)).toEqual(new Set(logsIn(folder)))
})

function logsIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(dir, name))
}
