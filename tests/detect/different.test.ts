import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Different } from '../../src/detect/different.ts'

const value = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.integer().map((whole) => whole + 0.5),
  fc.integer(),
)

test('different numbers are counted once each, in every round anew', () => {
  const different = new Different()
  fc.assert(
    fc.property(fc.array(value, { maxLength: 300, size: 'max' }), (values) => {
      different.begin(values.length)
      for (const one of values) different.add(one)
      expect(different.count).toBe(new Set(values).size)
    }),
  )
})
