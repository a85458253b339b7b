import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Automaton, buildAutomaton } from '../../src/pattern/automaton.ts'
import { ignorer } from '../../src/prove/ignoring.ts'
import { common } from '../../src/prove/product.ts'
import { allTexts, smallPattern, spansOf, whole } from '../pattern/small-patterns.ts'

const LONGEST = 6
const TEXTS = allTexts('abc', LONGEST)
const ADDRESS = '(?:ab?|bb)'

const small = fc.tuple(smallPattern(['a', 'b', 'c', '[abc]', '[ab]']), smallPattern(['a', 'b', 'c', '[abc]', '[bc]']))
const build = ([before, after]: [string, string]) => buildAutomaton(`${before}(?<addr>${ADDRESS})${after}`, { as: 'echo', alphabets: {} })
const inAddress = ({ address }: Automaton, state: number) => state >= address.from && state < address.to

describe('the lines that two patterns have in common', () => {
  it('are found as brute force finds them: with the address in the same place, and with it in another', () => {
    fc.assert(
      fc.property(small, small, fc.option(smallPattern(['a', 'b', 'c', '[abc]'])), (one, two, without) => {
        const [a, b] = [build(one), build(two)]
        const ignore = without === null ? [] : [ignorer(buildAutomaton(without, { as: 'rule', alphabets: {} }))]
        const found = common(a, b, (p, q) => inAddress(a, p) !== inAddress(b, q), ignore)
        const shortest = { different: Infinity, same: Infinity }
        const read = (text: string, [before, after]: [string, string]) =>
          spansOf(text, whole(before), (it) => whole(ADDRESS).test(it), whole(after))
        for (const text of TEXTS) {
          if (without !== null && whole(without).test(text)) continue
          const spans = read(text, two)
          if (spans.length === 0) continue
          for (const span of read(text, one)) {
            if (spans.includes(span)) shortest.same = Math.min(shortest.same, text.length)
            if (spans.some((other) => other !== span)) shortest.different = Math.min(shortest.different, text.length)
          }
        }
        for (const kind of ['different', 'same'] as const) {
          const length = found[kind]?.length ?? Infinity
          expect(length > LONGEST ? Infinity : length, kind).toBe(shortest[kind])
        }
      }),
      { numRuns: 150 },
    )
  })
})
