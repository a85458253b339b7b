import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Strides } from '../../src/classify/strides.ts'

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const aStride = fc.record({ from: fc.nat(3), word: fc.integer(INT32), to: fc.nat(700_000), message: fc.nat(4) })

test('what is known of four bytes is what was last kept of them, from that state on', () => {
  fc.assert(
    fc.property(fc.array(aStride, { maxLength: 200 }), (kept) => {
      const strides = new Strides()
      for (const { from, word, to, message } of kept) strides.keep(from, word, to, message)
      for (const { from, word } of kept) {
        const place = strides.find(from, word)
        if (place < 0) continue
        const last = kept.findLast((one) => one.from === from && one.word === word)
        expect([strides.to(place), strides.message(place)]).toEqual([last?.to, last?.message])
      }
      expect(strides.find(4, 0)).toBe(-1)
    }),
  )
})

test('the last that was kept is known, and nothing is known at first', () => {
  const strides = new Strides()
  fc.assert(
    fc.property(aStride, ({ from, word, to, message }) => {
      expect(new Strides().find(from, word)).toBe(-1)
      strides.keep(from, word, to, message)
      expect(strides.to(strides.find(from, word))).toBe(to)
    }),
  )
})
