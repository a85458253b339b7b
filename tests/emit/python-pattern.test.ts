import { describe, expect, test } from 'vitest'
import type { FilterRule } from '../../src/config/types.ts'
import { failregexOf } from '../../src/emit/python-pattern.ts'
import { aRule } from '../prove/a-filter.ts'
import { needs } from '../require.ts'
import { findWithFail2Ban } from './fail2ban.ts'

const rule = (failregex: string, more: Partial<FilterRule> = {}) => aRule(failregex, { id: 'a', ...more })
const file = (pattern: string | null) => `[Definition]\nfailregex = ${pattern}\nignoreregex =\n`
const METHOD = '^<F-METHOD>[A-Z]+</F-METHOD> from <ADDR>:<PORT>$'

test('tags are those of Fail2Ban', () => {
  expect(failregexOf(rule('^a <F-USER>[^@]*</F-USER>@<F-UA> <ADDR>:<PORT>$'), null)).toBe(
    String.raw`(?a)^a <F-USER>[^@]*</F-USER>@<F-UA>\S+</F-UA> (?!0\.0\.0\.0)<ADDR>:<F-PORT>\d{1,5}</F-PORT>$`,
  )
})
test('what the file would read otherwise is escaped', () => {
  expect(failregexOf(rule('^100% ; #\t<name> <ADDR>$'), null)).toBe(String.raw`(?a)^100%% \x3b #\x09<name\> (?!0\.0\.0\.0)<ADDR>$`)
})

describe.skipIf(needs('fail2ban-regex'))('by the real fail2ban-regex', () => {
  const find = (which: FilterRule, methods: readonly string[] | null, ...lines: string[]) =>
    findWithFail2Ban(file(failregexOf(which, methods)), lines)

  test('escapes mean what they stood for', () => {
    expect(find(rule('^100% ; #\t<name> <ADDR>$'), null, '100% ; #\t<name> 192.0.2.7', '100% ; # <name> 192.0.2.7')).toEqual([
      '192.0.2.7',
      null,
    ])
  })
  test('an ignoreregex concerns its own rule', () => {
    const which = rule('^a <F-USER>[a-z]*</F-USER> <ADDR>$', { ignoreregex: '^a test <ADDR>$' })
    expect(find(which, null, 'a test 192.0.2.7', 'a test1 192.0.2.7', 'a tests 192.0.2.7')).toEqual([null, null, '192.0.2.7'])
  })
  test('where IPv6 stands in brackets it is not read without', () => {
    const lines = ['a 2001:db8::1:5060', 'a [2001:db8::1]:5060', 'a 192.0.2.7:5060', 'a [::ffff:192.0.2.7]:5060', 'a 0.0.0.0:5060']
    expect(find(rule('^a <ADDR>:<PORT>$', { ipv6: 'bracketed' }), null, ...lines)).toEqual([
      null,
      '2001:db8::1',
      '192.0.2.7',
      '192.0.2.7',
      null,
    ])
    expect(find(rule('^a <ADDR>:<PORT>$'), null, ...lines)).toEqual(['2001:db8::1', '2001:db8::1', '192.0.2.7', '192.0.2.7', null])
  })
  test('with the run-time verdict a line with two places for the address is refused', () => {
    const which = rule(String.raw`^a .* from <ADDR>:<PORT> \(x\).*$`, { verdict: 'runtime' })
    expect(
      find(
        which,
        null,
        'a b from 192.0.2.7:5060 (x)',
        'a b from 192.0.2.7:5060 (x) from 203.0.113.5:5060',
        'a b from 203.0.113.5:5060 (x) from 192.0.2.7:5060 (x)',
      ),
    ).toEqual(['192.0.2.7', '192.0.2.7', null])
  })
  test("a jail's methods narrow a rule that reads the method", () => {
    const lines = ['INVITE from 192.0.2.7:1', 'INVITEX from 192.0.2.7:1', 'REGISTER from 192.0.2.7:1', 'OPTIONS from 192.0.2.7:1']
    const ip = '192.0.2.7'
    expect(find(rule(METHOD), ['INVITE', 'OPTIONS'], ...lines)).toEqual([ip, null, null, ip])
    expect(find(rule(METHOD), ['!INVITE', '!OPTIONS'], ...lines)).toEqual([null, ip, ip, null])
    expect(find(rule(METHOD), ['INVITE', '!OPTIONS'], ...lines)).toEqual([ip, null, null, null])
  })
})
test('a rule that knows none of the methods is left out', () => {
  expect(failregexOf(rule('^<F-METHOD>INVITE|BYE</F-METHOD> <ADDR>$'), ['REGISTER'])).toBeNull()
})
