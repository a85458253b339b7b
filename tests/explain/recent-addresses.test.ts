import { expect, test } from 'vitest'
import { RecentAddresses } from '../../src/explain/recent-addresses.ts'

test('an address keeps its number as long as it is seen', () => {
  const addresses = new RecentAddresses(10)
  const number = addresses.open('192.0.2.1')
  for (let i = 0; i < 100; i++) {
    addresses.open(`203.0.113.${i}`)
    expect(addresses.open('192.0.2.1')).toBe(number)
  }
  expect(addresses.find('192.0.2.1')).toBe(number)
  expect(addresses.textOf(number)).toBe('192.0.2.1')
})

test('who goes is told while it can be asked for; its number becomes another’s, below the end', () => {
  const addresses = new RecentAddresses(4)
  const gone: string[] = []
  addresses.onGone((address) => gone.push(addresses.textOf(address)))
  const numbers = Array.from({ length: 9 }, (_, i) => addresses.open(`192.0.2.${i}`))
  expect(gone.sort()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `192.0.2.${i}`))
  expect(addresses.find('192.0.2.0')).toBe(0)
  expect(Math.max(...numbers)).toBeLessThan(addresses.end)
  expect(new Set(numbers).size).toBeLessThan(9)
})
