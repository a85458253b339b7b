import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Automaton, buildAutomaton } from '../../src/pattern/automaton.ts'
import { hasByte } from '../../src/pattern/byte-set.ts'
import { superlinear } from '../../src/prove/growth.ts'
import { allTexts, smallPattern } from '../pattern/small-patterns.ts'

const growth = (source: string) => superlinear(buildAutomaton(source, { as: 'rule', alphabets: {} }))

describe('matching time', () => {
  it.each([
    ['(?:a+)+', 'exponential', 'a'],
    ['(?:a*)*b', 'exponential', 'a'],
    ['(?:a|a)*b', 'exponential', 'aa'],
    ['(?:a?)*b', 'exponential', 'a'],
    ['(?:ab|a|b)*c', 'exponential', 'abab'],
    ['(?:x(?:[^y]|yz)*y?)+q', 'exponential', 'xx'],
    ['a*a*b', 'polynomial', 'a'],
    ['.*x.*y', 'polynomial', 'xx'],
    ['.* from [0-9.]{1,9}, ua .*\\)', 'polynomial', ' from 5, ua x'],
  ])('of %s is %s in %j', (source, time, pump) => {
    expect(growth(source)).toEqual({ time, pump })
  })

  it.each([
    'a*b*c',
    '[^ ]* [^ ]*z',
    '[^ ]* [^x]*x.*z',
    '.* from [0-9.]{1,9}',
    '.* from [0-9.]{1,9}, ua .*',
    '(?:"(?:[^"\\\\]|\\\\.)*" )?<[^>]*>',
    '(?:[^ ]| [^u]| u[^a])* ua.*',
    '(?:ab)*a',
    'a{2,9}b{1,9}',
  ])('of %s is linear', (source) => {
    expect(growth(source)).toBeNull()
  })

  it('is told as the number of ways to read repeated texts says', () => {
    const texts = allTexts('ab', 3).slice(1)
    fc.assert(
      fc.property(smallPattern(['a', 'b', '[ab]']), (source) => {
        const automaton = buildAutomaton(source, { as: 'rule', alphabets: {} })
        const found = superlinear(automaton)
        const ways = (pump: string, times: number) =>
          Math.max(...['', ...texts].map((before) => waysToRead(automaton, before + pump.repeat(times))))
        // The first few pumps may only lead to the loop.
        if (found?.time === 'exponential') expect(ways(found.pump, 12)).toBeGreaterThanOrEqual(2 ** 8)
        else if (found) expect(ways(found.pump, 24)).toBeGreaterThan(ways(found.pump, 12))
        else for (const pump of texts) expect(ways(pump, 14)).toBeLessThanOrEqual(Math.max(ways(pump, 7), ways(pump, 8)))
      }),
      { numRuns: 150 },
    )
  })
})

/** How many ways an engine has to read a text, whether or not the pattern can end there. */
function waysToRead(automaton: Automaton, text: string): number {
  let ways = new Map([[0, 1]])
  for (const char of text) {
    const next = new Map<number, number>()
    for (const [state, count] of ways) {
      for (const [i, to] of (automaton.follow[state] as Int32Array).entries()) {
        if (!hasByte(automaton.labels[to] as number, char.charCodeAt(0))) continue
        next.set(to, (next.get(to) ?? 0) + count * (automaton.ways[state]?.[i] as number))
      }
    }
    ways = next
  }
  return [...ways.values()].reduce((sum, count) => sum + count, 0)
}
