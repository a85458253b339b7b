import { describe, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { createPipeline } from '../../src/pipeline.ts'
import { createSights } from '../../src/shadow/sights.ts'
import { batchOf } from '../batch.ts'
import { failures, success } from '../daemon/lines.ts'

const AT = Date.UTC(2026, 0, 15, 10)
const MINUTE = 6e4
const IP = '192.0.2.7'

/** What is known of the address when it is banned at these times. */
function sightsAt(lines: string, ...times: readonly number[]) {
  const bans = times.map((fromMs) => ({ ip: IP, fromMs, untilMs: null }))
  const pipeline = createPipeline({
    ...{ config: { ...loadConfig(null), tz: 'UTC' }, node: 'test', clock: 'log' },
    observer: { onEvent: (event) => sights.event(event), onDecision: (decision) => sights.decision(decision) },
  })
  const sights = createSights(pipeline.judge, bans)
  pipeline.feed(batchOf(lines.split('\n').slice(0, -1)))
  sights.end()
  return bans.map((ban) => sights.of(ban))
}

describe('what is known of an address when Fail2Ban bans it', () => {
  test('is what had been read by then', () => {
    const lines =
      failures(3, IP, { atMs: AT }) + failures(4, IP, { atMs: AT + MINUTE }) + failures(1, '192.0.2.8', { atMs: AT + 2 * MINUTE })
    expect(sightsAt(lines, AT + MINUTE, AT - 1, AT).map(({ cause, text }) => [cause, text])).toEqual([
      ['below-threshold', '[sip-auth] has 7 of 10: 3 more within 5m would ban it'],
      ['nothing-seen', expect.any(String)],
      ['below-threshold', '[sip-auth] has 3 of 10: 7 more within 5m would ban it'],
    ])
  })

  test('holds the phones there by then, and apart from them who succeeded later', () => {
    const lines = success(IP, { atMs: AT, user: '1001' }) + success(IP, { atMs: AT + MINUTE, user: '1002' })
    const [before, between] = sightsAt(lines, AT - 1, AT + 1)
    expect([before?.phones, before?.later]).toEqual([[], new Set(['1001@example.com', '1002@example.com'])])
    expect([between?.phones, between?.later]).toEqual([['1001@example.com'], new Set(['1002@example.com'])])
  })

  test('a ban of ours that was over by then is the cause', () => {
    const [sight] = sightsAt(failures(10, IP, { atMs: AT }), AT + 120 * MINUTE)
    expect(sight?.cause).toBe('over')
  })
})
