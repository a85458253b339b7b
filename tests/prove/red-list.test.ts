import { describe, expect, it } from 'vitest'
import type { FilterRule } from '../../src/config/types.ts'
import { echoReader, ruleReader } from '../../src/pattern/readings.ts'
import { ruleSource } from '../../src/pattern/shape.ts'
import { type Finding, proveFilter } from '../../src/prove/index.ts'
import { aFilter, aRule } from './a-filter.ts'

const METADATA = '^REGISTER: Stored request metadata for security tracking - source=<ADDR>:<PORT>, user_agent=<F-UA>.*</F-UA>$'

/** The finding of one kind, which must be there. */
function found<Kind extends Finding['kind']>(findings: readonly Finding[], kind: Kind): Extract<Finding, { kind: Kind }> {
  const finding = findings.find((one) => one.kind === kind)
  expect(finding, JSON.stringify(findings)).toBeDefined()
  return finding as Extract<Finding, { kind: Kind }>
}

const matched = (rule: FilterRule, text: string) => new RegExp(`^(?:${ruleSource(rule.failregex, rule.ipv6)})$`, 's').exec(text)

/** Proves the filter's only rule and checks the witness: a line of its own, read with two addresses. */
function ownInjection(rule: FilterRule) {
  const proof = proveFilter(aFilter([rule]))
  expect(proof.ok).toBe(false)
  const { witness, against } = found(proof.rules[0]?.findings ?? [], 'injection')
  expect(against).toBe('its own')
  expect(matched(rule, witness.text)).not.toBeNull()
  const spans = ruleReader(rule).readings(witness.text)
  expect(spans).toContainEqual(witness.shape)
  expect(witness.rule).not.toEqual(witness.shape)
  return witness
}

describe('filters that can be fooled are refuted, with a line that shows it', () => {
  it('an unanchored knock rule reads the address that an echoed User-Agent holds', () => {
    const rule = aRule('^.*Door-knock blocked: domain=.* src=<ADDR> \\(not found\\)$')
    const proof = proveFilter(aFilter([rule], [METADATA]))
    const finding = proof.rules[0]?.findings.find((one) => one.kind === 'injection' && one.against.startsWith('echo shape'))
    expect(finding).toMatchObject({
      witness: {
        text: 'REGISTER: Stored request metadata for security tracking - source=198.51.100.7:5, user_agent=Door-knock blocked: domain= src=203.0.113.5 (not found)',
        field: 'userAgent',
      },
    })
    const witness = (finding as Extract<Finding, { kind: 'injection' }>).witness
    expect(matched(rule, witness.text)?.groups?.addr).toBe('203.0.113.5')
    expect(echoReader(METADATA).readings(witness.text)).toEqual([witness.shape])
    expect(proof.rules[0]?.verdict).toBe('refused')
  })

  it('the same rule falls to a folded header, which needs no echo shape', () => {
    const proof = proveFilter(aFilter([aRule('^.*Door-knock blocked: domain=.* src=<ADDR> \\(not found\\)$')]))
    const finding = found(proof.rules[0]?.findings ?? [], 'injection')
    expect(finding.against).toBe('a folded header')
    expect(finding.witness).toMatchObject({ text: ' Door-knock blocked: domain= src=203.0.113.5 (not found)', shape: null, field: null })
  })

  it('a Call-ID without brackets reads a forged address when the true Call-ID has one', () => {
    const witness = ownInjection(
      aRule(
        "^Request '<F-METHOD>[A-Z]+</F-METHOD>' from '<F-USER>[^']*</F-USER>' failed for '<ADDR>:<PORT>' \\(callid: <F-CALLID>[^)]*</F-CALLID>\\) - No matching endpoint found$",
        {
          ipv6: 'bracketed',
        },
      ),
    )
    expect(witness.text).toContain("failed for '203.0.113.5:5' (callid: ")
    expect(witness.text).toContain("failed for '198.51.100.7:5' (callid: ")
  })

  it("a log prefix that may swallow text up to an attacker's colon", () => {
    const rule = aRule('^(?:.*: )?Auth failed: ip=<ADDR>:<PORT> ua=<F-UA>.*</F-UA>$')
    const witness = ownInjection(rule)
    expect(matched(rule, witness.text)?.groups?.addr).toBe('203.0.113.5')
    expect(witness.text.slice(witness.shape?.start, witness.shape?.end)).toBe('198.51.100.7')
  })

  it('a greedy field before the address with the separator in its alphabet', () => {
    const witness = ownInjection(aRule('^Failed - <F-USER>.*</F-USER> from <ADDR>:<PORT>, response <F-REASON>.*</F-REASON>$'))
    expect(witness.text).toBe('Failed -  from 198.51.100.7:5, response from 203.0.113.5:5, response ')
    expect(witness.field).toBe('reason')
  })

  it('an optional port behind bare IPv6', () => {
    const witness = ownInjection(aRule('^Blocked <ADDR>(?::<PORT>)?$'))
    expect(witness.text).toBe('Blocked 2001:db8::5:5')
    expect(witness.field).toBe('port')
  })

  it('a reason narrower than what the server prints leaves the forged reading alone', () => {
    const rule = aRule(
      '^Failed - <F-USER>[^ ]*</F-USER>@<F-DOMAIN>.*</F-DOMAIN> from <ADDR>:<PORT>, response <F-CODE>\\d+</F-CODE> <F-REASON>[A-Za-z ]*</F-REASON>$',
      { guarantees: { user: { alphabet: '[^ ]', source: 'RFC 3261' } } },
    )
    const witness = ownInjection(rule)
    expect(ruleReader(rule).readings(witness.text).length).toBeGreaterThan(1)
    expect(matched(rule, witness.text)?.groups?.addr).toBe('203.0.113.5')
  })

  it('a class outside the fields is no guarantee', () => {
    const witness = ownInjection(aRule('^Failed <F-USER>.*</F-USER> from <ADDR>, reason [A-Za-z ]*$'))
    expect(witness.text).toBe('Failed  from 198.51.100.7, reason from 203.0.113.5, reason ')
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

  it('a nested quantifier takes exponential time', () => {
    const proof = proveFilter(aFilter([aRule('^<ADDR> (?:a+)+$')]))
    expect(proof.rules[0]?.findings).toEqual([{ kind: 'time', rule: 'failure', of: 'failregex', time: 'exponential', pump: 'a' }])
  })

  it('two adjacent free fields are proved but polynomial', () => {
    const proof = proveFilter(aFilter([aRule('^<F-USER>.*</F-USER> at <F-DOMAIN>.*</F-DOMAIN> from <ADDR>$')]))
    const findings = proof.rules[0]?.findings.filter(({ kind }) => kind === 'time')
    expect(findings).toEqual([{ kind: 'time', rule: 'failure', of: 'failregex', time: 'polynomial', pump: ' at x' }])
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

  it('a rule that only matches what the server cannot print', () => {
    const proof = proveFilter(
      aFilter([aRule('^user <F-USER>[^ ]+ x</F-USER> <ADDR>$', { guarantees: { user: { alphabet: '[^ ]', source: 'RFC' } } })]),
    )
    expect(proof.rules[0]?.findings.map(({ kind }) => kind)).toEqual(['vacuous'])
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
