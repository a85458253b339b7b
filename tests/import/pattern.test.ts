import { expect, test } from 'vitest'
import { type Translated, translate } from '../../src/import/pattern.ts'

const branches = (failregex: string, server: 'asterisk' | 'kamailio' = 'kamailio') =>
  (translate(failregex, server, ['(?:pre)?']) as Translated).branches.map((branch) => branch.replace('\0', '{port?}'))

test.each([
  ['^(?:pre)?x from <HOST>$', ['x from <ADDR>']],
  ['^x from <IP4>:\\d+$', ['x from <ADDR>:<PORT>']],
  ['^x from <HOST>(?::\\d+)?$', ['x from <ADDR>{port?}']],
  ['^x <HOST>', ['x <ADDR>(?:[^0-9A-Za-z:.].*)?']],
  ['^x <HOST> y', ['x <ADDR> y.*']],
  ['^(?:one|two) (?:thing )?<ADDR>\\Z', ['one thing <ADDR>', 'one <ADDR>', 'two thing <ADDR>', 'two <ADDR>']],
  ["^(?:[^']*|.*?) <ADDR>$", ["(?:[^']*|.*?) <ADDR>"]],
  ['^<F-USER>\\S+</F-USER> <F-ALT_USER>y</F-ALT_USER> <ADDR>$', ['<F-USER>\\S+</F-USER> (?:y) <ADDR>']],
  ['^a price of \\$ <ADDR> \\$', ['a price of \\$ <ADDR> \\$.*']],
])('%s in our language', (failregex, expected) => {
  expect(branches(failregex)).toEqual(expected)
})

test("a caller's copy of what stands before a message is left away", () => {
  expect(branches("NOTICE.* .*: Registration from '.*' failed for '<HOST>'$", 'asterisk')).toEqual([
    "Registration from '.*' failed for '<ADDR>'",
  ])
  expect(branches('^.*<script>: x <HOST>$')).toEqual(['x <ADDR>'])
})

test('what may stand anywhere in a line is said, since here it must begin the message', () => {
  for (const failregex of ['x <ADDR>$', '^.*x <ADDR>$']) {
    expect(translate(failregex, 'kamailio', [])).toMatchObject({
      unanchored: true,
      notes: ['it may stand anywhere in a line; here it must begin the message, for what stands before may be written by a caller'],
    })
  }
  expect(translate('^x <ADDR>$', 'kamailio', [])).toMatchObject({ unanchored: false, notes: [] })
})

test('what has to be left away is told', () => {
  expect(translate('^(?!no)x\\b <ADDR> \\1$', 'kamailio', [])).toMatchObject({
    branches: ['x <ADDR> .*'],
    looser: 'a look-around and a back-reference and a word boundary',
  })
})

test.each([
  ['^a<SKIPLINES>b <HOST>$', 'it reads several lines as one (<SKIPLINES>, <F-MLFID> and their like); a rule here reads one line'],
  ['^from <SUBNET>$', 'it reads a network or a name; a rule here reads an address'],
  ['(?i)^from <HOST>$', 'it sets flags ((?i) and their like); case counts here'],
  ['^nobody$', 'it names no address that stands in the line'],
  ['^(<HOST>$', 'it is no regular expression that JavaScript and Python read alike'],
])('%s has no counterpart', (failregex, why) => {
  expect(translate(failregex, 'kamailio', [])).toBe(why)
})

test('many choices stay as they are', () => {
  expect(branches(`^${'(?:one|two)'.repeat(7)} <ADDR>$`)).toEqual([`${'(?:one|two)'.repeat(7)} <ADDR>`])
})
