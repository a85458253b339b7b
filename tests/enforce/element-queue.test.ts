import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { BATCH, ElementQueue, type Operation, WAITING_LIMIT } from '../../src/enforce/element-queue.ts'
import { SipguardError } from '../../src/errors.ts'

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

  test('a call that comes when too much waits is refused at once, and what waits is not', async () => {
    const { told, queue } = slowKernel()
    const waiting = queue.push('add', Array(WAITING_LIMIT + BATCH).fill(1))
    const reason = `${WAITING_LIMIT} elements are waiting for the firewall already`
    expect(await queue.push('add', [2, 3])).toEqual([
      { item: 2, reason },
      { item: 3, reason },
    ])
    expect(await waiting).toEqual([])
    expect(await queue.push('add', [4])).toEqual([])
    expect(told.flatMap(([, items]) => items).filter((item) => item !== 1)).toEqual([4])
  })

  test('when nobody can be asked, what waits is refused with the same reason, and later calls are tried again', async () => {
    const asked: number[][] = []
    const queue = new ElementQueue<number>({
      add: async (items) => {
        asked.push([...items])
        await turn()
        if (asked.length === 1) throw new SipguardError('ENFORCE_FAILED', 'nft hangs')
        return null
      },
      remove: async () => null,
    })
    const calls = [queue.push('add', [1]), queue.push('add', [2]), queue.push('remove', [3]), queue.exclusive(async () => ['it runs'])]
    const refused = (item: number) => [{ item, reason: 'nft hangs' }]
    expect(await Promise.all(calls)).toEqual([refused(1), refused(2), refused(3), ['it runs']])
    expect(await queue.push('add', [4])).toEqual([])
    expect(asked).toEqual([[1], [4]])
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
