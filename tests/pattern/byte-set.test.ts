import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteClasses, byteSetOf, bytesIn, bytesOf, complement, hasByte, intersection, union, wordsOf } from '../../src/pattern/byte-set.ts'

const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const escaped = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`
const aSet = fc
  .uniqueArray(fc.nat(255), { minLength: 1, maxLength: 20 })
  .map((bytes) => ({ set: bytesOf(`[${bytes.map(escaped).join('')}]`), bytes: new Set(bytes) }))

test('a set is the same one however it came about', () => {
  fc.assert(
    fc.property(aSet, aSet, (a, b) => {
      expect(union(a.set, b.set)).toBe(bytesOf(`[${[...a.bytes, ...b.bytes].map(escaped).join('')}]`))
      expect(intersection(a.set, b.set)).toBe(complement(union(complement(a.set), complement(b.set))))
      expect(bytesIn(intersection(a.set, b.set))).toEqual(BYTES.filter((byte) => a.bytes.has(byte) && b.bytes.has(byte)))
      expect(byteSetOf(wordsOf(a.set))).toBe(a.set)
    }),
  )
})

test('bytes are in one class exactly where no set tells them apart, and classes are in the order of their first bytes', () => {
  fc.assert(
    fc.property(fc.array(aSet, { maxLength: 6 }), (sets) => {
      const { of, classes } = byteClasses(sets.map(({ set }) => set))
      const signature = (byte: number) => sets.map(({ bytes }) => bytes.has(byte)).join()
      const signatures = [...new Set(BYTES.map(signature))]
      expect([...of]).toEqual(BYTES.map((byte) => signatures.indexOf(signature(byte))))
      for (const [index, { byte, all }] of classes.entries()) {
        expect(byte).toBe(of.indexOf(index))
        expect(bytesIn(all)).toEqual(BYTES.filter((one) => of[one] === index))
        expect(hasByte(all, byte)).toBe(true)
      }
    }),
  )
})
