import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type IPv4Network, IPv4Ranges } from '../../src/decide/ipv4-ranges.ts'

const WORLD = 2 ** 32

/** Near each other and near both ends, so that networks meet and hold each other. */
const address = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: WORLD - 40, max: WORLD - 1 }),
  fc.integer({ min: 0, max: WORLD - 1 }),
)
const network = fc.tuple(address, fc.oneof(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 28, max: 32 })))
const sizeOf = (bits: number) => 2 ** (32 - bits)
const cut = ([any, bits]: IPv4Network): IPv4Network => [any - (any % sizeOf(bits)), bits]

test('an address is held where one of the networks holds it, however they lie to each other', () => {
  fc.assert(
    fc.property(fc.array(network, { maxLength: 12 }), fc.array(address), (given, others) => {
      const networks = given.map(cut)
      const ranges = new IPv4Ranges(networks)
      const edges = networks.flatMap(([first, bits]) => [first - 1, first, first + sizeOf(bits) - 1, first + sizeOf(bits)])
      for (const one of [...others, ...edges.filter((edge) => edge >= 0 && edge < WORLD)]) {
        expect(ranges.holds(one)).toBe(networks.some(([first, bits]) => one >= first && one < first + sizeOf(bits)))
      }
    }),
  )
})

test('without networks no address is held, with /0 every one', () => {
  expect([0, 1, WORLD - 1].map((one) => new IPv4Ranges([]).holds(one))).toEqual([false, false, false])
  expect([0, 1, WORLD - 1].map((one) => new IPv4Ranges([[0, 0]]).holds(one))).toEqual([true, true, true])
})
