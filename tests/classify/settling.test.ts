import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PLACE_NAMES } from '../../src/classify/event.ts'
import { messageStarts, readFrame } from '../../src/classify/frame.ts'
import { ADDRESSES_AND_MORE, CompiledRule } from '../../src/classify/rule.ts'
import { SettlingRule } from '../../src/classify/settling.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import type { FilterRule } from '../../src/config/types.ts'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { SERVER_PREFIXES } from '../../src/pattern/prefix/index.ts'
import { ruleAutomaton, ruleSource } from '../../src/pattern/shape.ts'
import { ADDRESS_BODIES } from '../../src/pattern/template.ts'
import { common } from '../../src/prove/product.ts'
import { samplesOf } from '../../src/samples/index.ts'
import { Random } from '../generator/random.ts'
import { Sampler } from '../generator/sampler.ts'
import { aRule } from '../prove/a-filter.ts'
import { root } from '../sipguard.ts'

const [filter] = loadShippedFilters()
const settling = (rule: FilterRule, ...others: readonly FilterRule[]) =>
  new SettlingRule(
    new CompiledRule(filter!, rule),
    others.map((other) => new CompiledRule(filter!, other)),
  )
const settles = (rule: SettlingRule, message: string) => {
  const bytes = Buffer.from(message, 'latin1')
  return rule.settles(bytes, 0, bytes.length, new Int32Array(2 * PLACE_NAMES.length))
}

describe('a match settles a line', () => {
  const rule = aRule('^from <ADDR>:<PORT>$', { ipv6: 'bracketed' })
  const message = 'from 192.0.2.7:5060'

  test('where no other rule can match it too', () => {
    expect(settles(settling(rule), message)).toBe(true)
    expect(settles(settling(rule, aRule('^from <ADDR>$', { ipv6: 'bracketed' }), aRule('^from <ADDR>:<PORT> again$')), message)).toBe(true)
  })

  test.each([
    ['another rule matches it', settling(rule, aRule('^from <ADDR>:.*$'))],
    ['another rule cannot be told from it', settling(rule, aRule('^from (?:<ADDR>)?$'))],
    ['it is not proved', settling({ ...rule, verdict: 'runtime' })],
    ['something is ignored', settling({ ...rule, ignoreregex: '^from <ADDR>:5061$' })],
    ['the rule has no first way that can be told', settling(aRule('^from.*?<ADDR>:<PORT>$'))],
  ])('but not where %s', (_, one) => {
    expect(settles(one, message)).toBe(false)
  })
})

test('the addresses by which rules are told apart are all addresses', () => {
  for (const ipv6 of ['any', 'bracketed'] as const) {
    const more = new RegExp(`^(?:${ADDRESSES_AND_MORE[ipv6]})$`)
    const sampler = new Sampler(buildAutomaton(ADDRESS_BODIES[ipv6], { as: 'rule', alphabets: {} }))
    const random = new Random(1)
    for (let i = 0; i < 3000; i++) expect(sampler.write(random, '', () => 'x')).toMatch(more)
  }
})

describe('proved rules of the shipped filters', () => {
  const shipped = loadShippedFilters().map((one) => [one.name, one.rules.filter(({ verdict }) => verdict === 'proved')] as const)

  test.each(shipped)('of %s are told apart as the proof tells them', (_, rules) => {
    const automata = rules.map((rule) => ruleAutomaton(rule, ADDRESSES_AND_MORE[rule.ipv6]))
    const overlapping = automata.flatMap((one, i) =>
      automata
        .slice(i + 1)
        .flatMap((two, k) => (common(one, two, () => false).same === null ? [] : [`${rules[i]!.id} ${rules[i + 1 + k]!.id}`])),
    )
    expect(overlapping).toEqual([])
  })

  test('settle nine of ten lines of the fixtures that they match', () => {
    const matched = loadShippedFilters().flatMap(({ name, rules, prefix }) =>
      samplesOf(name, join(root, 'fixtures/filters')).flatMap(({ bytes }) => {
        const frame = readFrame(bytes.toString('latin1'))
        if (frame === null) return []
        const [start = 0] = messageStarts(SERVER_PREFIXES[prefix], frame.text, frame.at)
        const message = frame.text.slice(start)
        const proved = rules.filter((rule) => rule.verdict === 'proved' && rule.ignoreregex === null)
        const known = proved.filter((rule) => new RegExp(`^(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 's').test(message))
        return known.map((rule) => settles(settling(rule), message))
      }),
    )
    expect(matched.length).toBeGreaterThan(200)
    expect(matched.filter(Boolean).length / matched.length).toBeGreaterThan(0.9)
  })
})
