import { expect, test } from 'vitest'
import { Delivery } from '../../src/sources/delivery.ts'
import { batchOf } from '../batch.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

test('batches are handed on one at a time and in order', async () => {
  const seen: string[] = []
  const gates: (() => void)[] = []
  const delivery = new Delivery(
    async ({ source }) => {
      seen.push(`${source} begins`)
      await new Promise<void>((open) => gates.push(open))
      seen.push(`${source} ends`)
    },
    () => {},
  )
  const all = Promise.all([delivery.deliver(batchOf(['a'], { source: '1' })), delivery.deliver(batchOf(['b'], { source: '2' }))])
  await settle()
  expect(seen).toEqual(['1 begins'])
  gates.shift()?.()
  await settle()
  expect(seen).toEqual(['1 begins', '1 ends', '2 begins'])
  gates.shift()?.()
  expect(await all).toEqual([true, true])
})

test('a batch that is refused comes again until it is taken, and that is said once', async () => {
  const notices: string[] = []
  let refusals = 1
  const delivery = new Delivery(
    () => {
      if (refusals-- > 0) throw new Error('the disk is full')
    },
    (message) => notices.push(message),
  )
  const taken = delivery.deliver(batchOf(['a'], { receivedAtMs: 7 }))
  await settle()
  expect([delivery.trouble, delivery.lastLineAtMs]).toEqual(['the disk is full', null])
  expect(await taken).toBe(true)
  expect([delivery.trouble, delivery.lastLineAtMs]).toEqual([null, 7])
  expect(notices).toEqual(['its lines are not taken: the disk is full', 'its lines are taken again'])
})

test('in a hurry a batch is offered once more and then given up; after the end none is', async () => {
  let offered = 0
  const delivery = new Delivery(
    () => {
      offered++
      throw new Error('no')
    },
    () => {},
  )
  delivery.hurry()
  expect(await delivery.deliver(batchOf(['a']))).toBe(false)
  await delivery.end()
  expect(await delivery.deliver(batchOf(['b']))).toBe(false)
  expect(offered).toBe(1)
})
