import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentLevels } from '../../src/decide/recent-levels.ts'
import { TRUST_LEVELS, type TrustLevel } from '../../src/types.ts'

test('what was kept last of an address is known, or nothing is', () => {
  const kept = fc.record({ address: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), level: fc.constantFrom(...TRUST_LEVELS) })
  fc.assert(
    fc.property(fc.array(kept, { maxLength: 50 }), (all) => {
      const recent = new RecentLevels()
      const known = new Map<number, TrustLevel>()
      for (const { address, level } of all) {
        recent.put(address, level)
        known.set(address, level)
        expect(recent.get(address)).toBe(level)
        for (const [one, its] of known) expect([its, undefined]).toContain(recent.get(one))
      }
      recent.clear()
      for (const one of known.keys()) expect(recent.get(one)).toBeUndefined()
    }),
  )
})

test('an address of all zeros that nobody asked for is not known', () => {
  expect(new RecentLevels().get(0)).toBeUndefined()
})
