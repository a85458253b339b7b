import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { oneWay } from '../../src/pattern/one-way.ts'
import { allTexts, smallPattern } from './small-patterns.ts'

const NAMES = ['user', 'domain']

/** Start and end of the two groups in a text, as the reader finds them; null where it does not. */
function read(source: string, text: string): number[] | null {
  const spans = new Int32Array(2 * NAMES.length).fill(7)
  const line = Buffer.from(`<${text}>`, 'latin1')
  const found = oneWay(source, NAMES)?.(line, 1, 1 + text.length, spans)
  return found ? [...spans].map((at) => (at < 0 ? -1 : at - 1)) : null
}

/** The same by the engine's regular expression. */
function match(source: string, text: string): number[] | null {
  const groups = new RegExp(`^(?:${source})$`, 'ds').exec(text)?.indices?.groups
  if (new RegExp(`^(?:${source})$`, 's').exec(text) === null) return null
  return NAMES.flatMap((name) => groups?.[name] ?? [-1, -1])
}

describe('a reader that goes one way', () => {
  test('finds nothing but what the regular expression finds, with the same groups', () => {
    const part = smallPattern(['a', 'b', '[ab]', '.', '[bc]'])
    const texts = allTexts('abc', 6)
    let read = 0
    fc.assert(
      fc.property(part, part, part, fc.constantFrom('', '?'), (before, inside, after, optional) => {
        const source = `${before}(?:(?<user>${inside})a)${optional}${after}(?<domain>b|.*)b(?:${before}b|.*b)?`
        const reader = oneWay(source, NAMES)
        if (reader === null) return
        const spans = new Int32Array(4)
        for (const text of texts) {
          if (!reader(Buffer.from(text), 0, text.length, spans)) continue
          read++
          expect([...spans], `${source} on ${text}`).toEqual(match(source, text))
        }
      }),
      { numRuns: 300 },
    )
    expect(read).toBeGreaterThan(1000)
  })

  test.each([
    ['literals and runs', 'Auth (?<user>[^ ]*) of (?<domain>[a-z]+)\\.', 'Auth 100 of example.', [5, 8, 12, 19]],
    ['a run whose bytes follow it too, to the last place', '(?<user>.*) from (?<domain>\\d+)', 'a from 1 from 22', [0, 8, 14, 16]],
    ['a run before alternatives of one length', "'(?<user>.*)' (?:to|on) x", "'a' to ' on x", [1, 7, -1, -1]],
    ['the first alternative that can be taken', '(?:(?<user>\\d+)@(?<domain>.*)|.*)!', '12@b!', [0, 2, 3, 4]],
    ['another alternative, without the groups of the first', '(?:(?<user>\\d+)@(?<domain>.*)|.*)!', '12b!', [-1, -1, -1, -1]],
    ['a part that is left out', '(?:(?<user>[a-z]*)@)?(?<domain>[a-z]*)', 'ab', [-1, -1, 0, 2]],
    ['a part that is repeated', '(?:[^ ]| [^u])*(?<user> u.*)', 'a b u', [3, 5, -1, -1]],
    ['so many bytes and no more', '(?<user>\\d{1,3})(?:\\.\\d{1,3}){3}', '192.0.2.7', [0, 3, -1, -1]],
    ['quotes, and what looks like code', "(?<user>`\\$x';\\*/)(?<domain>\\\\)", "`$x';*/\\", [0, 7, 7, 8]],
    ['any byte', '(?<user>[^\\x00-\\x7f]*)\\xff', '\xc3\xff\xff', [0, 2, -1, -1]],
  ])('reads %s', (_, source, text, spans) => {
    expect(read(source, text)).toEqual(spans)
    expect(match(source, text)).toEqual(spans)
  })

  test('does not read past the end, whatever stands behind it', () => {
    for (const source of ['ab', 'a.', 'a[b]', 'a.*b', 'a(?:b|cd)', 'ab?c?', 'ab+', 'a\\w{1,2}']) {
      const reader = oneWay(source, NAMES)!
      expect(reader(Buffer.from('abbb'), 0, 1, new Int32Array(4)), source).toBe(source === 'ab?c?')
    }
  })

  test('does not take another alternative where the first would have matched by going back', () => {
    const [source, text] = ['(?:(?:[^<]*<)?s:(?<user>[^@]*)@.*|(?<domain>.*))', 's:1@x<y']
    expect(match(source, text)).toEqual([2, 3, -1, -1])
    expect(read(source, text)).toBeNull()
  })

  test('says nothing of a text that would be read only by going back', () => {
    expect(match('(?:a|ab)c', 'abc')).not.toBeNull()
    expect(read('(?:a|ab)c', 'abc')).toBeNull()
  })

  test.each([
    'a*?b',
    '(?:a*)*b',
    '(?:(?<user>a)b)*',
    '(?:a?)?b',
    '(?=a)a',
    '(a)\\1',
    '^a',
    'a$',
    '(?:ab){200}',
    '(?:(?:[ab]c){90}){90}',
    '(?i:a)',
    '(?i:ab)',
  ])('is not made of %s', (source) => {
    expect(oneWay(source, NAMES)).toBeNull()
  })
})
