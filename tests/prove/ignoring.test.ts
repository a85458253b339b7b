import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { evasion, ignorer } from '../../src/prove/ignoring.ts'
import { proveFilter } from '../../src/prove/index.ts'
import { allTexts, smallPattern, whole } from '../pattern/small-patterns.ts'
import { aFilter, aRule } from './a-filter.ts'

const FAILED = '^failed <ADDR> code <F-CODE>\\d{3}</F-CODE> <F-REASON>.*</F-REASON>$'
const CODE = { code: { alphabet: '[0-9]', source: 'RFC 3261, 25.1: Status-Code' } }

const findingsOf = (ignoreregex: string, failregex = FAILED, guarantees = CODE) =>
  proveFilter(aFilter([aRule(failregex, { ignoreregex, guarantees })])).rules[0]?.findings

describe('an ignoreregex', () => {
  it('may look at what the server wrote and at fields with a guarantee', () => {
    expect(findingsOf('^failed <ADDR> code 5\\d\\d .*$')).toEqual([])
  })

  it('may not be reached by text that anybody may write', () => {
    expect(findingsOf('^.* code 5\\d\\d .*$')).toEqual([
      {
        kind: 'evasion',
        rule: 'failure',
        ignored: 'failed 198.51.100.7 code 000 code 500 ',
        kept: 'failed 198.51.100.7 code 000 ',
        field: 'reason',
      },
    ])
  })

  it('may not be avoided by text that anybody may write', () => {
    const findings = findingsOf('^failed <ADDR> code 5\\d\\d [^!]*$')
    expect(findings).toMatchObject([
      { kind: 'evasion', ignored: 'failed 198.51.100.7 code 500 ', kept: 'failed 198.51.100.7 code 500 !', field: 'reason' },
    ])
  })

  it('may not depend on a field without a guarantee', () => {
    expect(findingsOf('^failed <ADDR> code 5.*$', FAILED, {} as typeof CODE)).toMatchObject([{ kind: 'evasion', field: 'code' }])
  })

  it('that counts the bytes of free text depends on it', () => {
    expect(findingsOf('^failed <ADDR> code \\d{3} .{3}$')).toMatchObject([{ kind: 'evasion', field: 'reason' }])
  })

  it('passes over a free field by what the rule lets through there', () => {
    expect(findingsOf('^x [^ ]* code 5\\d\\d$', '^x <F-USER>[^ ]*</F-USER> code <F-CODE>\\d{3}</F-CODE>$')).toEqual([])
  })

  it('that matches no line of the rule is told', () => {
    expect(findingsOf('^success .*$')).toEqual([{ kind: 'vacuous', rule: 'failure', what: 'the ignoreregex matches no line of the rule' }])
  })

  it('that matches every line of the rule is told', () => {
    expect(findingsOf('^failed .*$')).toEqual([
      { kind: 'vacuous', rule: 'failure', what: 'the ignoreregex matches every line of the rule' },
    ])
  })

  it('takes linear time too', () => {
    expect(findingsOf('^failed <ADDR> code 5(?:\\d+)+ .*$')).toEqual([
      { kind: 'time', rule: 'failure', of: 'ignoreregex', time: 'exponential', pump: expect.stringMatching(/^\d+$/) },
    ])
  })

  it('that would take for ever to be proved is refused', () => {
    expect(findingsOf('^(?:a|b)*a(?:a|b){30}.* <ADDR>$', '^<F-USER>.*</F-USER> <ADDR>$')).toMatchObject([
      { kind: 'refused', why: expect.stringContaining('too large') },
    ])
  })

  it('is anchored like a failregex', () => {
    expect(findingsOf('code 5')).toMatchObject([{ kind: 'refused' }])
  })

  it('is found to depend on free text wherever brute force finds two lines that show it', () => {
    const [short, longer] = [allTexts('ab', 2), allTexts('ab', 3)]
    const part = smallPattern(['a', 'b', '[ab]'])
    fc.assert(
      fc.property(part, part, part, smallPattern(['a', 'b', '[ab]']), (before, field, after, ignoreregex) => {
        const source = `${before}(?<user>${field})${after}`
        const read = (it: string) => buildAutomaton(it, { as: 'rule', alphabets: {} })
        const found = evasion(read(source), ignorer(read(ignoreregex)))
        const ignores = whole(ignoreregex)
        if (found) {
          expect([found.ignored, found.kept].map((text) => whole(source).test(text))).toEqual([true, true])
          expect([found.ignored, found.kept].map((text) => ignores.test(text))).toEqual([true, false])
          return
        }
        const texts = longer.filter((text) => whole(field).test(text))
        for (const first of short.filter((text) => whole(before).test(text))) {
          for (const last of short.filter((text) => whole(after).test(text))) {
            expect(new Set(texts.map((text) => ignores.test(first + text + last))).size).toBeLessThanOrEqual(1)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
