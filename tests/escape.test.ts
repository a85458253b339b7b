import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { forTerminal, toJsonLine } from '../src/escape.ts'

/** Written anew, char by char, so that a slip in the pattern shows. */
function steersTerminal(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    [0x61c, 0x200e, 0x200f, 0x2028, 0x2029].includes(code) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  )
}
const unsafeChars = (text: string) => [...text].filter((char) => steersTerminal(char.codePointAt(0) as number))

/** Mostly characters that matter, lone surrogates among them. */
const hostileUnit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0, max: 0xa0 }),
  fc.integer({ min: 0x2000, max: 0x2070 }),
  fc.integer({ min: 0xd800, max: 0xdfff }),
)
const hostile = fc.array(hostileUnit).map((units) => String.fromCharCode(...units))

describe('forTerminal', () => {
  test('control characters and marks become visible escapes', () => {
    expect(forTerminal('a\x1b[31mb\r\nc\x7f\x9bd\u202ee\u061cf')).toBe('a\\x1b[31mb\\x0d\\x0ac\\x7f\\x9bd\\u202ee\\u061cf')
  })
  test('a surrogate without its partner is escaped, a pair stays', () => {
    expect(forTerminal('\ud83d 😀 \ude00')).toBe('\\ud83d 😀 \\ude00')
  })
  test('text of any script stays as it is', () => {
    expect(forTerminal('Müller 电话 هاتف 😀 \\')).toBe('Müller 电话 هاتف 😀 \\')
  })
  test('nothing that steers a terminal gets through', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const safe = forTerminal(text)
        expect(unsafeChars(safe)).toEqual([])
        expect(safe.isWellFormed()).toBe(true)
      }),
    )
  })
  test('text that holds nothing unsafe is unchanged', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(text.isWellFormed() && unsafeChars(text).length === 0)
        expect(forTerminal(text)).toBe(text)
      }),
    )
  })
})

describe('toJsonLine', () => {
  test('what JSON itself leaves alone is escaped too', () => {
    expect(toJsonLine({ a: '\x7f\x9b\u202e\u2028', 'b\u200f': '\n' })).toBe('{"a":"\\u007f\\u009b\\u202e\\u2028","b\\u200f":"\\n"}')
  })
  test('any value reads back the same, from one line that steers no terminal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), hostile, (value, text) => {
        const line = toJsonLine({ value, text })
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify({ value, text })))
        expect(unsafeChars(line)).toEqual([])
        expect(line.isWellFormed()).toBe(true)
      }),
    )
  })
  test('undefined is null', () => {
    expect(toJsonLine(undefined)).toBe('null')
  })
})
