import { describe, expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { SERVER_PREFIXES, SYSLOG_HEADERS } from '../../src/pattern/prefix/index.ts'
import { ruleAutomaton } from '../../src/pattern/shape.ts'
import { superlinear } from '../../src/prove/growth.ts'
import { costOf } from '../bench/line-cost.ts'
import { worstLines, worstPrefixes } from '../bench/worst-lines.ts'

const filters = loadShippedFilters()
const growthOf = (source: string) => superlinear(buildAutomaton(source, { as: 'rule', alphabets: {} }))

/** Expressions that look for the beginning of a message, with the text before it that they pass over. */
const PREFIX_FORMS: [string, string][] = [
  ...Object.entries(SYSLOG_HEADERS),
  ...Object.values(SERVER_PREFIXES).flatMap(({ name, own, lead, open, imitable }): [string, string][] => [
    ...own.map((form): [string, string] => [`${name}, own form`, form]),
    [`${name}, lead`, lead],
    ...(open ? ([[`${name}, open lead`, open.lead]] as [string, string][]) : []),
    ...(imitable === undefined ? [] : ([[`${name}, imitable`, imitable]] as [string, string][])),
  ]),
]

describe('the time that a line takes', () => {
  test.each(filters.map((filter) => [filter.name, filter] as const))(
    'no rule of %s backtracks more than linearly, by proof',
    (_, filter) => {
      expect(filter.rules.map((rule) => [rule.id, superlinear(ruleAutomaton(rule))]).filter(([, growth]) => growth !== null)).toEqual([])
    },
  )

  test.each(PREFIX_FORMS)('the prefix form %s does not either', (_, source) => {
    expect(growthOf(source)).toBeNull()
  })

  // What no proof covers: JSON, looking for starts, the run-time verdict. A quadratic one would take 16 times as long a byte.
  const classifier = createClassifier({ filters, tz: 'UTC' })
  const unproved = filters.flatMap((filter) =>
    filter.rules.filter(({ verdict }) => verdict === 'runtime').map((rule) => ({ filter, rule })),
  )
  test.each<[string, (bytes: number) => string[]]>([
    ['hostile prefixes and JSON', worstPrefixes],
    ...unproved.map(({ filter, rule }): [string, (bytes: number) => string[]] => [rule.id, (bytes) => worstLines(filter, rule, bytes)]),
  ])('a byte of 64 kB costs at most four times what one of 4 kB costs: %s', (_, linesOf) => {
    const [long, short] = [linesOf(64_000), linesOf(4_000)]
    const rise = () => costOf(classifier, long, 2).nsPerByte / costOf(classifier, short, 8).nsPerByte
    let least = rise()
    for (let again = 0; again < 4 && least > 4; again++) least = Math.min(least, rise())
    expect(least).toBeLessThanOrEqual(4)
  })
})
