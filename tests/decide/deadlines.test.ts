import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deadlines } from '../../src/decide/deadlines.ts'

test('items come out when they are due, earliest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 }), { size: 'max', maxLength: 200 }), fc.nat({ max: 50 }), (times, nowMs) => {
      const deadlines = new Deadlines<number>()
      for (const atMs of times) deadlines.add(atMs, atMs)
      const taken = []
      for (let item = deadlines.take(nowMs); item !== undefined; item = deadlines.take(nowMs)) taken.push(item)
      expect(taken).toEqual(times.filter((atMs) => atMs <= nowMs).sort((a, b) => a - b))
    }),
  )
})
