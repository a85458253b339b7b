import { expect, test } from 'vitest'
import { createMessageBatches } from '../../src/sources/message-batches.ts'
import { toOneLine } from '../../src/sources/one-line.ts'

test('a batch leaves out empty messages; ids go on from batch to batch', () => {
  const toBatch = createMessageBatches({ name: 'syslog:x', filter: null, form: 'text', now: () => 5, toLine: toOneLine })
  const first = toBatch([Buffer.from('ab\n'), Buffer.from('\n'), Buffer.from('c')], 0)
  const second = toBatch([Buffer.from('d')], 9)
  expect(first).toMatchObject({ source: 'syslog:x', form: 'text', count: 2, offset: 0, receivedAtMs: 5, cut: 0, lagBytes: 0 })
  expect([...first.spans]).toEqual([0, 2, 2, 3])
  expect(second).toMatchObject({ count: 1, offset: 3, generation: first.generation, lagBytes: 9 })
})
