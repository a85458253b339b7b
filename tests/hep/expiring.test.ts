import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Expiring } from '../../src/hep/expiring.ts'

describe('a map bounded in number and in time', () => {
  test('gives away what was written longest ago when there are too many', () => {
    const map = new Expiring<string>({ most: 2, forMs: 10 })
    expect([map.set('a', 'A', 0), map.set('b', 'B', 0), map.set('a', 'A2', 1), map.set('c', 'C', 2)]).toEqual([null, null, null, 'B'])
    expect([map.get('a'), map.get('b'), map.get('c'), [...map.keys()]]).toEqual(['A2', undefined, 'C', ['a', 'c']])
  })

  test('gives away what has been there for its time', () => {
    const map = new Expiring<string>({ most: 9, forMs: 10 })
    map.set('a', 'A', 0)
    map.set('b', 'B', 5)
    expect([map.expire(9), map.expire(10), map.expire(14), map.expire(15)]).toEqual([[], ['A'], [], ['B']])
  })

  test('does what a list in the order of writing would do', () => {
    const step = fc.record({
      what: fc.constantFrom('set', 'delete', 'expire'),
      key: fc.constantFrom(...'abcdefgh'),
      ms: fc.nat({ max: 6 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const map = new Expiring<number>({ most: 5, forMs: 10 })
        let list: { key: string; value: number; fromMs: number }[] = []
        let nowMs = 0
        for (const [value, { what, key, ms }] of steps.entries()) {
          nowMs += ms
          if (what === 'expire') {
            const gone = list.filter(({ fromMs }) => nowMs - fromMs >= 10)
            list = list.filter((entry) => !gone.includes(entry))
            expect(map.expire(nowMs)).toEqual(gone.map((entry) => entry.value))
            continue
          }
          const others = list.filter((entry) => entry.key !== key)
          if (what === 'delete') {
            expect(map.delete(key)).toBe(others.length < list.length)
            list = others
          } else {
            list = [...others, { key, value, fromMs: nowMs }]
            expect(map.set(key, value, nowMs)).toBe(list.length > 5 ? list.shift()!.value : null)
          }
          expect([...map.keys()]).toEqual(list.map((entry) => entry.key))
        }
      }),
    )
  })
})
