import { describe, expect, it } from 'vitest'
import type { FilterRule } from '../../src/config/types.ts'
import { ruleReader } from '../../src/pattern/readings.ts'
import { ruleSource } from '../../src/pattern/shape.ts'
import { type Finding, proveFilter } from '../../src/prove/index.ts'
import { aFilter, aRule } from './a-filter.ts'

/** The finding of one kind, which must be there. */
function found<Kind extends Finding['kind']>(findings: readonly Finding[], kind: Kind): Extract<Finding, { kind: Kind }> {
  const finding = findings.find((one) => one.kind === kind)
  expect(finding, JSON.stringify(findings)).toBeDefined()
  return finding as Extract<Finding, { kind: Kind }>
}

const matched = (rule: FilterRule, text: string) => new RegExp(`^(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 's').exec(text)

/** Beside the red list of fixtures/redlist. */
describe('filters that can be fooled are refuted, with a line that shows it', () => {
  it('an unanchored rule falls to a folded header, which needs no echo shape', () => {
    const proof = proveFilter(aFilter([aRule('^.*Door-knock blocked: domain=.* src=<ADDR> \\(not found\\)$')]))
    const finding = found(proof.rules[0]?.findings ?? [], 'injection')
    expect(finding.against).toBe('a folded header')
    expect(finding.witness).toMatchObject({ text: ' Door-knock blocked: domain= src=203.0.113.5 (not found)', shape: null, field: null })
  })

  it('a class outside the fields is no guarantee', () => {
    const rule = aRule('^Failed <F-USER>.*</F-USER> from <ADDR>, reason [A-Za-z ]*$')
    const { witness, against } = found(proveFilter(aFilter([rule])).rules[0]?.findings ?? [], 'injection')
    expect(against).toBe('its own')
    expect(witness.text).toBe('Failed  from 198.51.100.7, reason from 203.0.113.5, reason ')
    expect(matched(rule, witness.text)?.groups?.addr).toBe('203.0.113.5')
    expect(ruleReader(rule).readings(witness.text)).toContainEqual(witness.shape)
  })

  it("a rule that takes another rule's line with another address", () => {
    const one = aRule('^A <F-UA>.*</F-UA> from <ADDR>$', { id: 'one' })
    const two = aRule('^A <F-UA>.*</F-UA> from <ADDR> to .*$', { id: 'two' })
    const proof = proveFilter(aFilter([one, two]))
    const finding = found(proof.rules[0]?.findings ?? [], 'injection')
    expect(finding.against).toBe('rule two')
    expect(matched(one, finding.witness.text)?.groups?.addr).toBe('203.0.113.5')
    expect(ruleReader(two).readings(finding.witness.text)).toContainEqual(finding.witness.shape)
  })

  it('the first finding needs no guess: without the slow field both are proved', () => {
    const proof = proveFilter(aFilter([aRule('^knock: <F-USER>.*</F-USER> from <ADDR>$')]))
    expect(proof.rules).toEqual([{ rule: 'failure', verdict: 'proved', findings: [] }])
  })
})

describe('filters whose proof would say nothing are refused', () => {
  it('a rule that no line can match', () => {
    const proof = proveFilter(aFilter([aRule('^never [^\\s\\S] <ADDR>$')]))
    expect(proof.rules[0]?.findings).toEqual([{ kind: 'vacuous', rule: 'failure', what: 'no line that the server can print is matched' }])
  })

  it('an echo shape that no line can have', () => {
    const proof = proveFilter(aFilter([aRule('^ok <ADDR>$')], ['^[^\\s\\S]$']))
    expect(proof).toMatchObject({ ok: false, echo: [{ kind: 'vacuous', rule: 'echo shape ^[^\\s\\S]$' }] })
  })

  it.each([
    ['^a <ADDR>', "a failregex ends with '$': an open end reads addresses that an attacker wrote"],
    [
      '^a (?=b)<ADDR>$',
      "'(?=' is outside the pattern language (no look-around, back-reference, own group names, flags or word boundaries)",
    ],
    ['^a ^ <ADDR>$', "'^' is outside the pattern language"],
    ['^(?:a <ADDR>|b)$', '<ADDR> stands in an alternative, an optional or a repeated part: every line of a rule has its address'],
    ['^a (?:<ADDR>)?$', '<ADDR> stands in an alternative, an optional or a repeated part: every line of a rule has its address'],
    ['^(?:<F-USER>x</F-USER> )+<ADDR>$', "'(?:(?<user>x) )+' repeats a field: a rule has one of each"],
    ['^a{2000} <ADDR>$', 'a part may be repeated at most 1000 times by number'],
    ['^a( <ADDR>$', 'not a regular expression: Invalid regular expression: /'],
  ])('%s is outside the pattern language', (failregex, why) => {
    const [rule] = proveFilter(aFilter([aRule(failregex)])).rules
    expect(rule?.verdict).toBe('refused')
    expect(found(rule?.findings ?? [], 'refused').why).toContain(why)
  })

  it('an echo shape outside the pattern language', () => {
    expect(proveFilter(aFilter([aRule('^ok <ADDR>$')], ['ok'])).echo).toMatchObject([{ kind: 'refused', rule: 'echo shape ok' }])
  })
})
