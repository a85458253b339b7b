import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hrefOf, PAGES, parseRoute } from '../../src/console/route.ts'

describe('the address bar', () => {
  test('names every page and its argument, whatever is in it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PAGES), fc.string({ unit: 'grapheme' }), (page, argument) => {
        expect(parseRoute(hrefOf(page, argument))).toEqual({ page, argument })
      }),
    )
  })

  test.each(['', '#', '#/nothing', '#/<script>', 'bans'])('%j is the first page', (hash) => {
    expect(parseRoute(hash).page).toBe('now')
  })

  test('an argument that was broken by hand is taken as it stands', () => {
    expect(parseRoute('#/user/50%')).toEqual({ page: 'user', argument: '50%' })
  })
})
