import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { ElementQueue, type Operation } from '../../src/enforce/element-queue.ts'

/** A queue over a kernel that takes its time, and what the kernel was told. */
function slowKernel() {
  const told: [Operation, number[]][] = []
  const apply = (operation: Operation) => async (items: readonly number[]) => {
    told.push([operation, [...items]])
    await turn()
    return null
  }
  return { told, queue: new ElementQueue<number>({ add: apply('add'), remove: apply('remove') }) }
}

describe('the queue of elements', () => {
  test('sends the first at once, and together what queues meanwhile', async () => {
    const { told, queue } = slowKernel()
    const asked = [1, 2, 3, 4].map((value) => queue.push('add', [value]))
    expect(told).toEqual([['add', [1]]])
    await Promise.all(asked)
    expect(told).toEqual([
      ['add', [1]],
      ['add', [2, 3, 4]],
    ])
  })

  test('keeps adds, removes and what runs alone in the order in which they were asked', async () => {
    const { told, queue } = slowKernel()
    const seen: unknown[] = []
    await Promise.all([
      queue.push('add', [1]),
      queue.push('add', [2]),
      queue.push('remove', [2, 1]),
      queue.exclusive(async () => seen.push(...told)),
      queue.push('add', [2]),
    ])
    expect(seen).toEqual([
      ['add', [1]],
      ['add', [2]],
      ['remove', [2, 1]],
    ])
    expect(told.at(-1)).toEqual(['add', [2]])
  })

  test('sends at most 1,000 elements in one command', async () => {
    const { told, queue } = slowKernel()
    await queue.push('add', Array(2500).fill(7))
    expect(told.map(([, items]) => items.length)).toEqual([1000, 1000, 500])
  })

  test('goes on after a task that failed and after a bug in the driver', async () => {
    const bug = new TypeError('x')
    const queue = new ElementQueue<number>({ add: () => Promise.reject(bug), remove: async () => null })
    const results = await Promise.allSettled([
      queue.exclusive(() => Promise.reject(bug)),
      queue.push('add', [1]),
      queue.push('remove', [1]),
    ])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  })
})
