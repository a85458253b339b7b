import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentNumbers } from '../../src/decide/recent-numbers.ts'

const addresses = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).filter((address) => address !== 0)
const numbers = fc.constantFrom(0, 1, 4, 1_768_473_000_000, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
const steps = fc.array(fc.record({ address: addresses, number: numbers, drops: fc.boolean() }), { maxLength: 50 })

test('what was kept last of an address is known, or nothing is', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const recent = new RecentNumbers()
      const known = new Map<number, number>()
      for (const { address, number, drops } of all) {
        recent.put(address, number)
        known.set(address, number)
        expect(recent.get(address)).toBe(number)
        if (drops) {
          recent.drop(address)
          known.delete(address)
          expect(recent.get(address)).toBeUndefined()
        }
        for (const [one, its] of known) expect([its, undefined]).toContain(recent.get(one))
      }
    }),
  )
})

test('dropping an address leaves another that has taken its place', () => {
  const recent = new RecentNumbers()
  const [first, ...others] = Array.from({ length: 100_000 }, (_, i) => i + 1)
  recent.put(first!, 1)
  const other = others.find((address) => {
    recent.put(address, 2)
    return recent.get(first!) === undefined
  })!
  recent.drop(first!)
  expect(recent.get(other)).toBe(2)
})

test('an address of all zeros is never known', () => {
  expect(new RecentNumbers().get(0)).toBeUndefined()
})
