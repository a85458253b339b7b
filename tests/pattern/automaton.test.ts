import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Automaton, buildAutomaton } from '../../src/pattern/automaton.ts'
import { SubsetAutomaton } from '../../src/pattern/subset-automaton.ts'
import { allTexts, smallPattern, whole } from './small-patterns.ts'

function acceptor(automaton: Automaton): (text: string) => boolean {
  const subset = new SubsetAutomaton(automaton, { marks: (state) => automaton.final[state] as boolean })
  return (text) => {
    let state = subset.start
    for (const char of text) state = subset.step(state, char.charCodeAt(0))
    return subset.isMarked(state)
  }
}

const read = (source: string, as: 'rule' | 'server' | 'echo', alphabets = {}) => buildAutomaton(source, { as, alphabets })

describe('the automaton of a regular expression', () => {
  it('accepts what the engine accepts', () => {
    const texts = allTexts('ab', 6)
    // No negated class: V8 14.6's compiled code takes 'bbb' for a match of /^(?:[^a].)*$/s (its interpreter does not).
    fc.assert(
      fc.property(smallPattern(['a', 'b', '[ab]', '.', '[bc]']), (source) => {
        const accepts = acceptor(read(source, 'rule'))
        const regexp = whole(source)
        for (const text of texts) if (accepts(text) !== regexp.test(text)) return false
        return true
      }),
      { numRuns: 200 },
    )
  })

  it.each(['\\d', '\\w', '\\s', '\\S', '.', '[^\\x80-\\xff]', '[\\]-a]', '\\x41', '\\.', '\\0', '[^ ]'])(
    '%s takes the bytes that the engine takes',
    (source) => {
      const accepts = acceptor(read(source, 'rule'))
      for (let byte = 0; byte < 256; byte++) {
        const text = String.fromCharCode(byte)
        expect(accepts(text), String(byte)).toBe(whole(source).test(text))
      }
    },
  )

  it('never accepts a character above 255', () => {
    expect(acceptor(read('.', 'rule'))('\u2028')).toBe(false)
  })
})

describe('what the server can print', () => {
  it.each([
    ['x(?<user>[a-z]+)y', {}, 'x any thing y', true],
    ['x(?<user>[a-z]+)y', { user: '[^ ]' }, 'x any thing y', false],
    ['x(?<user>[a-z]+)y', { user: '[^ ]' }, 'xANYy', true],
    ['x(?<user>[a-z]+)y', { user: '(?:in|out)' }, 'xiny', true],
    ['x(?<user>[a-z]+)y', { user: '(?:in|out)' }, 'xinouty', false],
    ['x(?<port>\\d{1,5})y', {}, 'xay', false],
  ])('%s with %j prints %s: %s', (source, alphabets, text, printed) => {
    expect(acceptor(read(source, 'server', alphabets))(text)).toBe(printed)
  })

  it.each([
    ['a [a-z]+ b', 'a C 1 b', true],
    ['a [a-z]{1,9} b', 'a C 1 b', true],
    ['a (?:"(?:[^"]|x)*")b', 'a ""y"b', true],
    ['a \\d+ b', 'a x b', false],
    ['a[ \\t]*b', 'a x b', false],
    ['a (?:0x[0-9a-f]+|(?:ab)+) b', 'a xyz b', false],
    ['a [45]x b', 'a 6x b', false],
    ['a(?: [a-z])? b', 'a C b', false],
  ])(
    'repeated text outside the fields is anything, constants, blanks and numbers are themselves: %s prints %s: %s',
    (source, text, printed) => {
      expect(acceptor(read(source, 'server'))(text)).toBe(printed)
    },
  )

  it('an echo shape is taken as it stands', () => {
    expect(acceptor(read('a [a-z]+ (?<user>[a-z]+)', 'echo'))('a C d')).toBe(false)
    expect(acceptor(read('a [a-z]+ (?<user>[a-z]+)', 'echo', { user: '.' }))('a c D E')).toBe(true)
  })
})
