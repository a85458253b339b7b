import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createQueue, MOST_WAITING } from '../../src/notify/queue.ts'
import type { Message } from '../../src/notify/types.ts'
import { createMemory } from './memory.ts'
import { messageOf } from './samples.ts'

const ALL = ['critical', 'error', 'warning', 'daily'] as const
const mail = { name: 'mail-1', classes: ALL }
const pager = { name: 'exec-2', classes: ['critical'] } as const
const numbered = (i: number, fields: Partial<Message> = {}) => messageOf({ id: String(i), ...fields })

function queueOver(memory = createMemory(), readers: Parameters<ReturnType<typeof createQueue>['setReaders']>[0] = [mail, pager]) {
  const queue = createQueue(memory.kept, memory.put)
  queue.setReaders(readers)
  return queue
}
/** Takes all that waits for this reader. */
function drain(queue: ReturnType<typeof createQueue>, name: string): string[] {
  const ids: string[] = []
  for (let head = queue.head(name); head !== null; head = queue.head(name)) {
    ids.push(head.message.id)
    queue.done(name, head.number)
  }
  return ids
}

describe('the queue', () => {
  test('gives each reader what it wants, in order, at its own pace', () => {
    const queue = queueOver()
    for (const i of [1, 2, 3]) queue.push(numbered(i, { class: i === 2 ? 'critical' : 'warning' }))
    expect(drain(queue, 'exec-2')).toEqual(['2'])
    expect(queue.waiting('mail-1')).toBe(3)
    expect(drain(queue, 'mail-1')).toEqual(['1', '2', '3'])
    expect(queue.waiting('mail-1')).toBe(0)
  })

  test('keeps nothing that nobody waits for', () => {
    const memory = createMemory()
    const queue = queueOver(memory)
    for (let i = 0; i < 5; i++) queue.push(numbered(i))
    drain(queue, 'mail-1')
    expect([...memory.kept.keys()].sort()).toEqual(['place exec-2', 'place mail-1'])
  })

  test('gives the same again after a restart, but for what is done', () => {
    const memory = createMemory()
    const queue = queueOver(memory)
    for (const i of [1, 2, 3]) queue.push(numbered(i))
    queue.done('mail-1', queue.head('mail-1')!.number)
    const again = queueOver(memory)
    expect(drain(again, 'mail-1')).toEqual(['2', '3'])
    again.push(numbered(4))
    expect(drain(queueOver(memory), 'mail-1')).toEqual(['4'])
  })

  test('holds a thousand messages; the oldest go, and whose they were is said', () => {
    const memory = createMemory()
    const queue = queueOver(memory)
    const losers = Array.from({ length: MOST_WAITING + 3 }, (_, i) => queue.push(numbered(i)))
    expect(losers.slice(0, MOST_WAITING).flat()).toEqual([])
    expect(losers.slice(MOST_WAITING)).toEqual([['mail-1'], ['mail-1'], ['mail-1']])
    expect(memory.kept.size).toBe(MOST_WAITING + 2)
    expect(queue.head('mail-1')?.message.id).toBe('3')
    expect(queue.waiting('mail-1')).toBe(MOST_WAITING)
  })

  test('a new reader begins with what comes next; of one that is gone it is said what it had to get', () => {
    const memory = createMemory()
    const queue = queueOver(memory, [mail])
    queue.push(numbered(1))
    queue.push(numbered(2))
    const hook = { name: 'webhook-1', classes: ALL }
    expect([...queue.setReaders([hook])]).toEqual([['mail-1', 2]])
    expect(queue.head('webhook-1')).toBeNull()
    queue.push(numbered(3))
    expect(drain(queue, 'webhook-1')).toEqual(['3'])
    expect([...queue.setReaders([])]).toEqual([])
    expect([...memory.kept]).toEqual([])
  })

  test('whatever is pushed, taken and restarted: each reader gets all that it wants, once, in order', () => {
    const step = fc.oneof(
      fc.record({ push: fc.constantFrom(...ALL) }),
      fc.record({ take: fc.constantFrom('mail-1', 'exec-2') }),
      fc.constant({ restart: true as const }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const memory = createMemory()
        let queue = queueOver(memory)
        let pushed = 0
        const wanted: Record<string, string[]> = { 'mail-1': [], 'exec-2': [] }
        const got: Record<string, string[]> = { 'mail-1': [], 'exec-2': [] }
        for (const each of steps) {
          if ('push' in each) {
            const id = String(pushed++)
            queue.push(messageOf({ id, class: each.push }))
            wanted['mail-1']!.push(id)
            if (each.push === 'critical') wanted['exec-2']!.push(id)
          } else if ('take' in each) {
            const head = queue.head(each.take)
            if (head === null) continue
            got[each.take]!.push(head.message.id)
            queue.done(each.take, head.number)
          } else queue = queueOver(memory)
        }
        for (const name of ['mail-1', 'exec-2']) got[name]!.push(...drain(queue, name))
        expect(got).toEqual(wanted)
      }),
    )
  })
})
