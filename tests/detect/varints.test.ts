import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VarintReader, VarintWriter } from '../../src/detect/varints.ts'

const edges = [0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER]

test('whole numbers come back as they were, and small ones take one byte', () => {
  const number = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constantFrom(...edges))
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const writer = new VarintWriter()
      for (const each of numbers) writer.put(each)
      const reader = new VarintReader(writer.text)
      expect(numbers.map(() => reader.take())).toEqual(numbers)
      expect(reader.atEnd).toBe(true)
      expect(Buffer.from(writer.text, 'base64').length).toBeGreaterThanOrEqual(numbers.length)
    }),
  )
  const small = new VarintWriter()
  for (let i = 0; i < 5000; i++) small.put(i % 128)
  expect(Buffer.from(small.text, 'base64')).toHaveLength(5000)
})

test('so do numbers of either sign', () => {
  const number = fc.oneof(
    fc.integer({ min: -(2 ** 51), max: 2 ** 51 }),
    fc.constantFrom(...edges.slice(0, -1).flatMap((edge) => [edge, -edge - 1])),
  )
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const writer = new VarintWriter()
      for (const each of numbers) writer.putSigned(each)
      const reader = new VarintReader(writer.text)
      expect(numbers.map(() => reader.takeSigned())).toEqual(numbers)
    }),
  )
})
