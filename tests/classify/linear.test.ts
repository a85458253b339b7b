import { describe, expect, test } from 'vitest'
import { loadShippedFilters } from '../../src/config/index.ts'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { SERVER_PREFIXES, SYSLOG_HEADERS } from '../../src/pattern/prefix/index.ts'
import { imitableSource } from '../../src/pattern/prefix/server-prefix.ts'
import { ruleAutomaton } from '../../src/pattern/shape.ts'
import { superlinear } from '../../src/prove/growth.ts'

const filters = loadShippedFilters()
const growthOf = (source: string) => superlinear(buildAutomaton(source, { as: 'rule', alphabets: {} }))

/** Expressions that look for the beginning of a message, with the text before it that they pass over. */
const PREFIX_FORMS: [string, string][] = [
  ...Object.entries(SYSLOG_HEADERS),
  ...Object.values(SERVER_PREFIXES).flatMap(({ name, own, lead, open, imitable }): [string, string][] => [
    ...own.map((form): [string, string] => [`${name}, own form`, form]),
    [`${name}, lead`, lead],
    ...(open ? ([[`${name}, open lead`, open.lead]] as [string, string][]) : []),
    ...(imitable === undefined ? [] : ([[`${name}, imitable`, imitableSource(imitable)]] as [string, string][])),
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

  test.each(Object.values(SERVER_PREFIXES).flatMap(({ name, open }) => (open ? [[name, open.resume] as const] : [])))(
    'looking through a line of %s for where its message may begin does not either',
    (_, resume) => {
      expect(growthOf(`.*${resume}`)).toBeNull()
    },
  )
})
