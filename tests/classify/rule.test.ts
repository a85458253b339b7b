import { describe, expect, test } from 'vitest'
import { CompiledRule, leadingLiteral } from '../../src/classify/rule.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import { ruleAutomaton, ruleSource } from '../../src/pattern/shape.ts'
import { hasTopLevelAlternative } from '../../src/pattern/template.ts'
import { Random } from '../generator/random.ts'
import { Sampler } from '../generator/sampler.ts'
import { aRule } from '../prove/a-filter.ts'

describe('the text that every match begins with', () => {
  test.each([
    ['Auth failed: ip=(?<addr>x)', 'Auth failed: ip='],
    ['PIKE - BLOCKing ip ', 'PIKE - BLOCKing ip '],
    ['a\\(b\\)c', 'a(b)c'],
    ['ab?c', 'a'],
    ['ab*c', 'a'],
    ['ab+c', 'ab'],
    ['ab{2}', 'a'],
    ['a\\d', 'a'],
    ['(?:a|b)c', ''],
    ['.x', ''],
    ['a|b', ''],
    ['a(?:b|c)', 'a'],
    ['a[|]b|c', ''],
  ])('%j begins with %j', (source, literal) => {
    expect(leadingLiteral(source)).toBe(literal)
  })

  test('an alternative inside a group or class is not at the top', () => {
    expect(hasTopLevelAlternative('(a|b)[|]\\|')).toBe(false)
    expect(hasTopLevelAlternative('(a)|b')).toBe(true)
  })
})

describe('the groups of a rule, by number', () => {
  const [filter] = loadShippedFilters()
  const rules = loadShippedFilters().flatMap(({ rules }) => rules)

  test('hold what the groups of its fields hold, of every rule', () => {
    for (const rule of rules) {
      const message = new Sampler(ruleAutomaton(rule)).write(new Random(1), '192.0.2.7', () => 'x')
      const named = new RegExp(`^(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 's').exec(message)?.groups ?? {}
      const { regexp, groups } = new CompiledRule(filter!, rule)
      regexp.lastIndex = 0
      const matched = regexp.exec(message)
      const read = Object.entries(groups).flatMap(([name, group]) => (group === 0 ? [] : [[name, matched?.[group]]]))
      expect(matched, rule.id).not.toBeNull()
      expect(Object.fromEntries(read), rule.id).toEqual({ ...named })
    }
  })

  test('are counted past groups without a name, classes and escapes', () => {
    const { regexp, groups } = new CompiledRule(filter!, aRule('^(a)[(?]\\((b(?:c))<F-USER>[^(]*</F-USER>(,)<ADDR>$'))
    regexp.lastIndex = 0
    const matched = regexp.exec('a?(bcme,192.0.2.7')
    expect([groups.user, matched?.[groups.user], matched?.[groups.addr], groups.port]).toEqual([3, 'me', '192.0.2.7', 0])
  })
})
