import { expect, test } from 'vitest'
import { parseIni } from '../../src/import/ini.ts'
import { valuesOf } from '../../src/import/values.ts'

const values = (text: string, given?: ReadonlyMap<string, string>) => valuesOf(parseIni('f', text), 'Definition', given)

test('names are put in, of the section, of another one, of DEFAULT', () => {
  const found = values(
    '[DEFAULT]\na = 1\nlogs = /var/log\n[lt_file]\np = file%(a)s\n[Definition]\na = 2\nx = %(a)s %(default/a)s %(lt_file/p)s %(logs)s %%d\n',
  )
  expect(found.text('x')).toBe('2 1 file2 /var/log %d')
})

test('tags are put in innermost first, and those of addresses and fields stay', () => {
  const found = values(
    '[lt_file]\np = (<_daemon>)\n[Definition]\n_daemon = asterisk\nlogtype = file\nre = ^<lt_<logtype>/p> <HOST> <F-USER>x</F-USER> <other>$\n',
  )
  expect(found.tagged('re')).toEqual([{ text: '^(asterisk) <HOST> <F-USER>x</F-USER> <other>$', place: 'f:6' }])
})

test("the jail's options of a filter stand over those of the file", () => {
  const text = '[Definition]\nmdre-a = A <HOST>\n  A2\nmdre-b = B <HOST>\nmode = a\nfailregex = <mdre-<mode>>\n'
  expect(
    values(text)
      .tagged('failregex')
      .map((line) => line.text),
  ).toEqual(['A <HOST>', 'A2'])
  expect(
    values(text, new Map([['mode', 'b']]))
      .tagged('failregex')
      .map((line) => line.text),
  ).toEqual(['B <HOST>'])
})

test.each([
  ['x = %(x)s\n', 'f:2: an option that names itself, or grows without end'],
  ['x = %(y)s\ny = %(x)s\n', 'f:2: an option that names itself, or grows without end'],
  ['x = <x>a\n', 'f:2: an option that names itself, or grows without end'],
  ['x = %(nothing)s\n', 'f:2: %(nothing)s names no option'],
])('%j is an error', (text, message) => {
  expect(() => values(`[Definition]\n${text}`).tagged('x')).toThrow(message)
})

test('what doubles at each step ends', () => {
  const steps = Array.from({ length: 19 }, (_, i) => `a${i} = %(a${i + 1})s%(a${i + 1})s%(a${i + 1})s%(a${i + 1})s\n`).join('')
  expect(() => values(`[Definition]\n${steps}a19 = ${'x'.repeat(100)}\n`).text('a0')).toThrow(
    'an option that names itself, or grows without end',
  )
})
