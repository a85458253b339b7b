import { describe, expect, it } from 'vitest'
import { proveFilter, renderFinding } from '../../src/prove/index.ts'
import { aFilter, aRule } from './a-filter.ts'

describe('a finding is told in one line', () => {
  it('an injection with both readings and the field', () => {
    const proof = proveFilter(aFilter([aRule('^A <F-USER>.*</F-USER> from <ADDR>: <F-UA>.*</F-UA>$')]))
    const [injection] = proof.rules[0]?.findings.filter(({ kind }) => kind === 'injection') ?? []
    expect(injection && renderFinding(injection)).toBe(
      "failure: reads '203.0.113.5' (bytes 27 to 38) in a line of its own, where the server wrote '198.51.100.7' (bytes 8 to 20) (field userAgent): 'A  from 198.51.100.7: from 203.0.113.5: '",
    )
  })

  it('control characters and bidirectional marks are neutralised, UTF-8 stays', () => {
    const witness = { text: Buffer.from('é\x1b[2J\u202e', 'utf8').toString('latin1'), rule: null, shape: null, field: null }
    expect(renderFinding({ kind: 'overlap', rule: 'a', against: 'rule b', witness })).toBe(
      "a: also matches a line of rule b: 'é\\x1b[2J\\u202e'",
    )
  })

  it('bytes that are no UTF-8 are shown as bytes', () => {
    const witness = { text: 'x\xff\x00', rule: null, shape: null, field: null }
    expect(renderFinding({ kind: 'overlap', rule: 'a', against: 'rule b', witness })).toBe(
      "a: also matches a line of rule b: 'x\\xff\\x00'",
    )
  })

  it.each([
    [
      { kind: 'evasion', rule: 'a', ignored: 'x', kept: 'y', field: 'user' } as const,
      "a: the ignoreregex depends on text that anybody may write (field user): it ignores 'x' and not 'y'",
    ],
    [
      { kind: 'time', rule: 'a', of: 'failregex', time: 'polynomial', pump: ' at' } as const,
      "a: the failregex takes polynomial time on a line that repeats ' at'",
    ],
    [{ kind: 'vacuous', rule: 'a', what: 'nothing' } as const, 'a: nothing'],
    [{ kind: 'refused', rule: 'a', why: "'^'" } as const, "a: '^'"],
  ])('%j', (finding, text) => {
    expect(renderFinding(finding)).toBe(text)
  })
})
