import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineDiff } from '../../src/init/index.ts'

test('what is only in one of the two texts is marked, the rest is not', () => {
  expect(lineDiff('a\nb\nc', 'a\nx\nc\nd')).toEqual([' a', '-b', '+x', ' c', '+d'])
})

test('either text can be read from it, and no common line is marked in vain', () => {
  const text = fc.array(fc.constantFrom('a', 'b', '', '-c'), { minLength: 1, maxLength: 8 }).map((lines) => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDiff(before, after)
      const side = (mark: string) => lines.filter((line) => line[0] === ' ' || line[0] === mark).map((line) => line.slice(1))
      expect(side('-').join('\n')).toBe(before)
      expect(side('+').join('\n')).toBe(after)
      if (before === after) expect(lines.every((line) => line[0] === ' ')).toBe(true)
    }),
  )
})
