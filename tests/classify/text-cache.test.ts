import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TextCache } from '../../src/classify/text-cache.ts'
import { alike, Words } from '../../src/classify/words.ts'

test('a cache tells of each text what it means, however many there are', () => {
  const cache = new TextCache((text) => `<${text}>`)
  const words = new Words()
  const asked = (text: string) => {
    const bytes = Buffer.from(`xyz${text}\n`, 'latin1')
    return cache.of(bytes, words.of(bytes), 3, 3 + text.length)
  }
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 40_000; i++) expect(asked(`192.0.${i >> 8}.${i & 255}`)).toBe(`<192.0.${i >> 8}.${i & 255}>`)
  }
  const text = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)), minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => texts.every((one) => asked(one) === `<${one}>` && asked(one) === `<${one}>`)),
  )
})

test('a text that comes again is not worked out again', () => {
  let asked = 0
  const cache = new TextCache(() => ++asked)
  const bytes = Buffer.from('100 100')
  const view = new Words().of(bytes)
  expect([cache.of(bytes, view, 0, 3), cache.of(bytes, view, 4, 7), asked]).toEqual([1, 1, 1])
})

test('bytes are alike as far as none differs', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(25), fc.nat(5), (bytes, differsAt, from) => {
      const other = Buffer.concat([Buffer.alloc(from), bytes])
      if (differsAt < bytes.length) other[from + differsAt]! ^= 1
      const same = alike(new Words().of(bytes), 0, new Words().of(other), from, bytes.length)
      expect(same).toBe(Math.min(differsAt, bytes.length))
    }),
  )
})
