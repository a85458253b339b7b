import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { LINES, warmUp } from '../../src/daemon/warm-up.ts'
import { createPipeline } from '../../src/pipeline.ts'
import type { SipEvent } from '../../src/types.ts'
import { batchOf } from '../batch.ts'

test('the lines that a start is warmed up with are failures that every server’s filter counts', () => {
  const config = loadConfig(null)
  const events: SipEvent[] = []
  const pipeline = createPipeline({ config, node: 'n', clock: 'log', observer: { onEvent: (event) => events.push(event) } })
  pipeline.feed(batchOf(LINES.map((line) => `2026-01-15T10:30:45.000000+00:00 host ${line}`)))
  expect(events.map(({ filter, counted, ip }) => [filter, counted, ip])).toEqual([
    ['opensips', true, '192.0.2.1'],
    ['kamailio', true, '192.0.2.2'],
    ['asterisk', true, '192.0.2.3'],
    ['freeswitch', true, '192.0.2.4'],
  ])
  expect(() => warmUp(config, Date.now())).not.toThrow()
})
