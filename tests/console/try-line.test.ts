import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { linePieces } from '../../src/console/parts/line-pieces.ts'
import { visibleRuns } from '../../src/console/parts/visible-text.ts'

describe('a line cut at its fields', () => {
  test('has each field where it stands, and what is between them', () => {
    const fields = [
      { name: 'port', start: 16, end: 20 },
      { name: 'ip', start: 6, end: 15 },
    ]
    expect(linePieces('from  192.0.2.7:5060', fields)).toEqual([
      { text: 'from  ', field: null },
      { text: '192.0.2.7', field: 'ip' },
      { text: ':', field: null },
      { text: '5060', field: 'port' },
    ])
  })

  test('without fields is one piece, and nothing is none', () => {
    expect(linePieces('hello', [])).toEqual([{ text: 'hello', field: null }])
    expect(linePieces('', [])).toEqual([])
  })

  test('has of two fields that overlap the one that begins first, the longer of two that begin alike', () => {
    const fields = [
      { name: 'port', start: 2, end: 5 },
      { name: 'user', start: 0, end: 3 },
      { name: 'ip', start: 0, end: 1 },
    ]
    expect(linePieces('abcdef', fields)).toEqual([
      { text: 'abc', field: 'user' },
      { text: 'def', field: null },
    ])
  })

  test('is whole whatever the fields say', () => {
    const span = fc.record({ name: fc.constantFrom('ip', 'user'), start: fc.integer({ min: 0, max: 60 }), end: fc.integer({ max: 60 }) })
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.array(span, { maxLength: 8 }), (text, fields) => {
        expect(
          linePieces(text, fields)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })
})

describe('text of which nothing is hidden', () => {
  test.each([
    ['\x1b[2J', '\\x1b', 'an escape sequence'],
    ['\u202egnp', '\\u202e', 'a mark that turns the text around'],
    ['\u200b', '\\u200b', 'a space without width'],
    ['\u00a0', '\\xa0', 'a space that looks like a plain one'],
    ['\u{e0041}', '\\u{e0041}', 'a tag outside the first plane'],
    ['\ud800', '\\ud800', 'half a surrogate pair'],
    ['\r\n\0', '\\x0d\\x0a\\x00', 'several in a row'],
  ])('shows %j as %s: %s', (text, shown) => {
    expect(visibleRuns(text)[0]).toEqual({ text: shown, kind: 'control' })
  })

  test('marks spaces at the ends and runs of them, and no single space between words', () => {
    expect(visibleRuns(' a b  c ')).toEqual([
      { text: ' ', kind: 'space' },
      { text: 'a b', kind: 'text' },
      { text: '  ', kind: 'space' },
      { text: 'c', kind: 'text' },
      { text: ' ', kind: 'space' },
    ])
  })

  test('marks no single space where the text goes on', () => {
    expect(visibleRuns(' a ', { start: false, end: true })).toEqual([
      { text: ' a', kind: 'text' },
      { text: ' ', kind: 'space' },
    ])
    expect(visibleRuns(' a ', { start: false, end: false })).toEqual([{ text: ' a ', kind: 'text' }])
    expect(visibleRuns('  a', { start: false, end: false })[0]).toEqual({ text: '  ', kind: 'space' })
  })

  test('leaves letters of any script and emoji as they are', () => {
    expect(visibleRuns('Grüße 日本語 😀')).toEqual([{ text: 'Grüße 日本語 😀', kind: 'text' }])
  })

  test('shows every character once, and none that is hidden', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const runs = visibleRuns(text)
        expect(runs.map((run) => run.text).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
        const kept = runs.filter(({ kind }) => kind !== 'control').map((run) => run.text)
        expect(kept.join('')).toBe(text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?! )\p{Zs}/gu, ''))
      }),
    )
  })
})
