import { expect, test } from 'vitest'
import { csvRecord } from '../../src/cli/csv.ts'

test('cells are separated by commas; null is nothing', () => {
  expect(csvRecord(['a', 1, true, null, '', 'b'])).toBe('a,1,true,,,b')
})
test.each([
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['a;b', '"a;b"'],
])('%s is quoted', (cell, text) => {
  expect(csvRecord([cell])).toBe(text)
})
test.each(['=1+1', '+49123', '-1', '@SUM(A1)', ' =1', '＝1', '＠x'])(
  '%s, which a spreadsheet would compute, gets an apostrophe',
  (cell) => {
    expect(csvRecord([cell])).toBe(`"'${cell}"`)
  },
)
test.each([
  ['\t=1', '"\'\\x09=1"'],
  ['\rx', '"\'\\x0dx"'],
  ['a\r\nb', 'a\\x0d\\x0ab'],
  ['\x1b[2J\u202e', '\\x1b[2J\\u202e'],
])('controls in %j are escaped, so that one record is one line', (cell, text) => {
  expect(csvRecord([cell])).toBe(text)
})
test.each(['sip:1001@192.0.2.7', '2001:db8::7', '2026-01-15T10:30:45.000Z', '1001'])('%s stays as it is', (cell) => {
  expect(csvRecord([cell])).toBe(cell)
})
