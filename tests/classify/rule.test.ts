import { describe, expect, test } from 'vitest'
import { leadingLiteral } from '../../src/classify/rule.ts'
import { hasTopLevelAlternative } from '../../src/pattern/template.ts'

describe('the text that every match begins with', () => {
  test.each([
    ['Auth failed: ip=(?<addr>x)', 'Auth failed: ip='],
    ['PIKE - BLOCKing ip ', 'PIKE - BLOCKing ip '],
    ['a\\(b\\)c', 'a(b)c'],
    ['ab?c', 'a'],
    ['ab*c', 'a'],
    ['ab+c', 'ab'],
    ['ab{2}', 'a'],
    ['a\\d', 'a'],
    ['(?:a|b)c', ''],
    ['.x', ''],
    ['a|b', ''],
    ['a(?:b|c)', 'a'],
    ['a[|]b|c', ''],
  ])('%j begins with %j', (source, literal) => {
    expect(leadingLiteral(source)).toBe(literal)
  })

  test('an alternative inside a group or class is not at the top', () => {
    expect(hasTopLevelAlternative('(a|b)[|]\\|')).toBe(false)
    expect(hasTopLevelAlternative('(a)|b')).toBe(true)
  })
})
