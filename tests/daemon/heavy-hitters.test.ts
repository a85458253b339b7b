import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHeavyHitters } from '../../src/daemon/heavy-hitters.ts'

/** Some keys come often and many seldom, as attackers do. */
const key = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 200 })).map(String)

test('no count is too high, none too low by more than the bound, and memory is bounded', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 600 }), fc.integer({ min: 1, max: 12 }), (keys, keep) => {
      const exact = new Map<string, number>()
      const { read, note } = createHeavyHitters(keep)
      keys.forEach((each, i) => {
        exact.set(each, (exact.get(each) ?? 0) + 1)
        note(each, null, i)
        expect([...read()].length).toBeLessThanOrEqual(2 * keep)
      })
      const bound = keys.length / (keep + 1)
      const hitters = new Map(read())
      for (const [each, count] of exact) {
        const counted = hitters.get(each)?.count ?? 0
        expect(counted).toBeLessThanOrEqual(count)
        expect(counted).toBeGreaterThanOrEqual(count - bound)
      }
    }),
  )
})

test('up to twice as many keys as are kept are counted exactly, with the time of the newest', () => {
  const { read, note } = createHeavyHitters(2)
  for (const [i, each] of ['a', 'b', 'a', 'c', 'd', 'a'].entries()) note(each, null, i)
  expect(Object.fromEntries(read())).toEqual({
    a: { count: 3, lastMs: 5 },
    b: { count: 1, lastMs: 1 },
    c: { count: 1, lastMs: 3 },
    d: { count: 1, lastMs: 4 },
  })
})
