import { expect, test } from 'vitest'
import { createSyslogBatches } from '../../src/sources/syslog-lines.ts'

test('a batch leaves out empty messages; ids go on from batch to batch', () => {
  const toBatch = createSyslogBatches({ name: 'syslog:x', filter: null, now: () => 5 })
  const first = toBatch([Buffer.from('ab\n'), Buffer.from('\n'), Buffer.from('c')], 0)
  const second = toBatch([Buffer.from('d')], 9)
  expect(first).toMatchObject({ source: 'syslog:x', count: 2, offset: 0, receivedAtMs: 5, cut: 0, lagBytes: 0 })
  expect([...first.spans]).toEqual([0, 2, 2, 3])
  expect(second).toMatchObject({ count: 1, offset: 3, generation: first.generation, lagBytes: 9 })
})
