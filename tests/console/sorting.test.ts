import { expect, test } from 'vitest'
import { sorted } from '../../src/console/ui/sorting.ts'

test('what is missing is last either way, and rows that are alike keep their order', () => {
  const rows = [
    { n: 2, id: 'a' },
    { n: null, id: 'b' },
    { n: 10, id: 'c' },
    { n: 2, id: 'd' },
  ]
  const ids = (descending: boolean) => sorted(rows, ({ n }) => n, descending).map(({ id }) => id)
  expect(ids(false)).toEqual(['a', 'd', 'c', 'b'])
  expect(ids(true)).toEqual(['c', 'a', 'd', 'b'])
})

test('addresses sort by their numbers', () => {
  const rows = ['192.0.2.10', '192.0.2.9', '10.0.0.1']
  expect(sorted(rows, (ip) => ip, false)).toEqual(['10.0.0.1', '192.0.2.9', '192.0.2.10'])
})
