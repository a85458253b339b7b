import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildAutomaton } from '../../src/pattern/automaton.ts'
import { mayHaveCommonText } from '../../src/pattern/common-text.ts'
import { common } from '../../src/prove/product.ts'
import { smallPattern } from './small-patterns.ts'

const read = (source: string) => buildAutomaton(source, { as: 'rule', alphabets: {} })

test('two expressions have a common text where the proof finds one', () => {
  const pattern = smallPattern(['a', 'b', '[ab]', '.', '[bc]', '[^a]'])
  fc.assert(
    fc.property(pattern, pattern, (a, b) => {
      const [one, two] = [read(a), read(b)]
      expect(mayHaveCommonText(one, two), `${a} and ${b}`).toBe(common(one, two, () => false).same !== null)
    }),
    { numRuns: 500 },
  )
})

test('expressions that are too large to tell may have a common text', () => {
  const [one, two] = [read('(?:.a){400}.*b.{400}'), read('(?:a.){400}.*c.{400}.')]
  expect(mayHaveCommonText(one, two)).toBe(true)
})
