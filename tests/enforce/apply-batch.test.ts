import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyBatch } from '../../src/enforce/apply-batch.ts'
import { SipguardError } from '../../src/errors.ts'

describe('a batch that is taken or refused as a whole', () => {
  test('loses exactly its guilty items, each other one is applied', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (guilty) => {
        const applied = new Set<number>()
        const apply = async (items: readonly number[]) => {
          if (items.some((i) => guilty[i])) return 'refused'
          for (const i of items) applied.add(i)
          return null
        }
        const all = guilty.map((_, i) => i)
        const refused = await applyBatch(apply, all)
        expect(refused).toEqual(all.filter((i) => guilty[i]).map((item) => ({ item, reason: 'refused' })))
        expect([...applied].sort((a, b) => a - b)).toEqual(all.filter((i) => !guilty[i]))
      }),
    )
  })

  test('is refused without halving when nobody can be asked', async () => {
    let asked = 0
    const apply = async () => {
      asked++
      throw new SipguardError('ENFORCE_FAILED', 'no answer')
    }
    expect(await applyBatch(apply, [1, 2, 3])).toEqual([1, 2, 3].map((item) => ({ item, reason: 'no answer' })))
    expect(asked).toBe(1)
  })

  test('passes a bug on', async () => {
    const bug = new TypeError('x')
    await expect(applyBatch(() => Promise.reject(bug), [1])).rejects.toBe(bug)
  })
})
