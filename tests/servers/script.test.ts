import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeOf } from '../../src/servers/included.ts'
import { activeScripts, blockAfter, parametersOf, withoutComments } from '../../src/servers/script.ts'

const active = (...texts: readonly string[]) => activeScripts(texts.map((text, i) => ({ path: `/${i}.cfg`, text }))).map(({ text }) => text)
const words = (text: string) => text.split(/\s+/).filter((word) => word !== '')

describe('a script without its comments', () => {
  test('keeps what is quoted, and the place of everything', () => {
    const text = 'a # b\n"c # d // e" /* f\ng */ h // i\n"\\"#j"'
    expect(words(withoutComments(text))).toEqual(['a', '"c', '#', 'd', '//', 'e"', 'h', '"\\"#j"'])
    expect(withoutComments(text).indexOf('h')).toBe(text.indexOf(' h ') + 1)
  })

  test('is as long as the script, line for line, whatever that holds', () => {
    const piece = fc.oneof(fc.constantFrom('"', '\\', '#', '/*', '*/', '//', '\n', '{', '}', '#!ifdef A\n', '#!endif\n'), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('')
        const [kept = ''] = active(text)
        expect(kept.split('\n').map((line) => line.length)).toEqual(text.split('\n').map((line) => line.length))
      }),
    )
  })
})

describe('what #!ifdef leaves in', () => {
  test('is what any of the files defines, else the other branch; blocks may stand in blocks', () => {
    const text = '#!ifdef A\na\n#!ifndef B\nb\n#!else\nc\n#!endif\n#!else\nd\n#!endif\ne\n'
    expect(words(active(text)[0] ?? '')).toEqual(['d', 'e'])
    expect(words(active(text, '#!define A\n')[0] ?? '')).toEqual(['a', 'b', 'e'])
    expect(words(active(text, '#!define A\n#!trydef B 1\n')[0] ?? '')).toEqual(['a', 'c', 'e'])
  })
})

test('a parameter for several modules counts for each, with its place', () => {
  const [file] = activeScripts([
    { path: '/a.cfg', text: '\n modparam("a|b", "url", "text:///x")\n#modparam("a", "url", "no")\nmodparam("c","n",-1)' },
  ])
  const found = parametersOf([file!]).map(({ module, name, value, index }) => [module, name, value, placeOf(file!, index)])
  expect(found).toEqual([
    ['a', 'url', 'text:///x', '/a.cfg:2:2'],
    ['b', 'url', 'text:///x', '/a.cfg:2:2'],
    ['c', 'n', '-1', '/a.cfg:4:1'],
  ])
})

test('a block ends at its own brace, not at one in a text; where none closes it, at the end', () => {
  const text = 'route[a] { if (x) { "}" } y } z'
  const { start, end } = blockAfter(text, 0)
  expect(text.slice(start, end)).toBe(' if (x) { "}" } y ')
  expect(blockAfter('route { x', 0)).toEqual({ start: 7, end: 9 })
  expect(blockAfter('route', 0)).toEqual({ start: 5, end: 5 })
})
