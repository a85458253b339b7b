import { expect, describe as suite, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import type { Filter, FilterRule } from '../../src/config/types.ts'
import { describe, disagreement } from './disagreement.ts'
import { generateLines, type KnownLine } from './generate.ts'

const SEED = 20_260_115
const LINES = 50_000
const filters = loadShippedFilters()

function* take(lines: Generator<KnownLine>, count: number): Generator<KnownLine> {
  for (const line of lines) {
    if (count-- === 0) return
    yield line
  }
}

/** Disagreements over lines of filters when others classify them. */
function faultsOf(classifying: readonly Filter[], printed: readonly Filter[], count: number): string[] {
  const classifier = createClassifier({ filters: classifying, tz: 'UTC' })
  const faults: string[] = []
  for (const line of take(generateLines(printed, SEED), count)) {
    const wrong = disagreement(classifier, line)
    if (wrong !== null) faults.push(describe(line, wrong))
  }
  return faults
}

const filterCalled = (name: string) => filters.find((filter) => filter.name === name) as Filter

/** A filter with one rule changed. */
function withRule(name: string, id: string, change: Partial<FilterRule>): Filter {
  const filter = filterCalled(name)
  return { ...filter, rules: filter.rules.map((rule) => (rule.id === id ? { ...rule, ...change } : rule)) }
}

suite('generated lines', () => {
  test(`${LINES} lines whose true source is known: no other address is ever reported, and nobody's lines count against nobody`, () => {
    expect(faultsOf(filters, filters, LINES)).toEqual([])
  })

  test('the same seed gives the same lines, another one others', () => {
    const texts = (seed: number) => [...take(generateLines(filters, seed), 500)].map(({ bytes }) => bytes.toString('latin1'))
    expect(texts(1)).toEqual(texts(1))
    expect(texts(1)).not.toEqual(texts(2))
  })

  test('every rule is matched by some of its lines, and not by others', () => {
    const seen = new Map(filters.flatMap(({ name, rules }) => rules.map(({ id }) => [`${name}/${id}`, new Set<boolean>()])))
    for (const { filter, rule, matched } of take(generateLines(filters, SEED), 20_000))
      if (rule) seen.get(`${filter.name}/${rule.id}`)?.add(matched)
    expect([...seen].filter(([, matched]) => !matched.has(true)).map(([rule]) => rule)).toEqual([])
    expect([...seen.values()].filter((matched) => matched.has(false)).length).toBeGreaterThan(seen.size / 2)
  })

  // A generator that finds nothing is worth nothing.
  test.each<[string, Filter, RegExp]>([
    [
      'a rule that is unanchored at its beginning',
      withRule('opensips', 'knock-attempt', {
        failregex: '^.*Door-knock attempt logged to database - domain=<F-DOMAIN>.*</F-DOMAIN> from <ADDR>:<PORT>$',
      }),
      /opensips\/knock-attempt with/,
    ],
    [
      'a rule that is open at its end',
      withRule('opensips', 'scanner-detected', {
        failregex: '^Scanner detected and logged to database - user_agent=<F-UA>.*?</F-UA> from <ADDR>:<PORT>.*$',
      }),
      /opensips\/scanner-detected reads/,
    ],
    [
      'an ambiguous rule that is taken at its word',
      withRule('kamailio', 'register-auth-failure', { verdict: 'proved' }),
      /register-auth-failure reads/,
    ],
    [
      'a greedy field before the address',
      withRule('opensips', 'request', {
        failregex: '^REQUEST: <F-METHOD>.*</F-METHOD> from <ADDR>:<PORT> to <F-RURI>[^ ]*</F-RURI> \\(Call-ID: .*\\)$',
      }),
      /opensips\/request reads/,
    ],
  ])('finds %s', (_, broken, expected) => {
    expect(faultsOf([broken], [filterCalled(broken.name)], 20_000).join('\n')).toMatch(expected)
  })
})
