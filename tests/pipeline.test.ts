import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadConfig } from '../src/config/index.ts'
import { createPipeline, type Outcome, type PipelineOptions } from '../src/pipeline.ts'
import type { Decision, SipEvent } from '../src/types.ts'
import { batchOf } from './batch.ts'
import { withFewKeys } from './few-keys.ts'

const config = { ...withFewKeys(loadConfig(null)), tz: 'UTC' }
const START = Date.UTC(2026, 0, 15, 10)

const line = (atMs: number, ip: string, user = '1001') =>
  `${new Date(atMs).toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: NOTICE:REGISTER: Failed registration logged to database - ${user}@example.com from ${ip}:5060, response 403 Forbidden`

function start(clock: PipelineOptions['clock'], node = 'n1') {
  const events: SipEvent[] = []
  const decisions: Decision[] = []
  const outcomes: Outcome[] = []
  const pipeline = createPipeline({
    config,
    node,
    clock,
    observer: {
      onEvent: (event) => events.push({ ...event }),
      onDecision: (decision) => decisions.push(decision),
      onBatch: (_batch, outcome) => outcomes.push(outcome),
    },
  })
  return { pipeline, events, decisions, outcomes }
}
const fail = (count: number, atMs: number, ip: string) => Array.from({ length: count }, (_, i) => line(atMs + i, ip, `u${i}`))

describe('replay and watch', () => {
  const step = fc.record({
    ip: fc.constantFrom('192.0.2.7', '192.0.2.8', '2001:db8::7', '2001:db8::8'),
    user: fc.constantFrom('1001', '1002', '1003'),
    stepMs: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 20_000 }) }, fc.constant(36e5)),
  })
  test('decide the same on the same lines, where each is received just after it was written', () => {
    let bans = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (steps) => {
        const live = start('wall')
        const replay = start('log')
        let atMs = START
        steps.forEach(({ ip, user, stepMs }, i) => {
          atMs += stepMs
          const bytes = batchOf([line(atMs, ip, user)], { receivedAtMs: atMs, offset: i * 200 })
          live.pipeline.feed(bytes)
          live.pipeline.judge.expire(atMs)
          replay.pipeline.feed({ ...bytes, receivedAtMs: Date.UTC(2026, 5, 1) })
        })
        expect(live.decisions).toEqual(replay.decisions)
        expect(live.events).toEqual(replay.events)
        bans += live.decisions.filter(({ type }) => type === 'ban').length
      }),
      { numRuns: 60 },
    )
    expect(bans).toBeGreaterThan(5)
  })
})

describe('event ids', () => {
  test('are the node, the contents and the place: unique in a file, the same when it is read again, whatever the batches', () => {
    const lines = fail(20, START, '192.0.2.7')
    const ids = (parts: string[][], node?: string) => {
      const { pipeline, events } = start('log', node)
      let offset = 0
      for (const part of parts) {
        const batch = batchOf(part, { generation: 'g7', offset })
        pipeline.feed(batch)
        offset += batch.bytes.length
      }
      return events.map(({ id }) => id)
    }
    const whole = ids([lines])
    expect(new Set(whole).size).toBe(20)
    expect(whole[0]).toBe('n1:g7:0')
    expect(ids([lines.slice(0, 7), lines.slice(7)])).toEqual(whole)
    expect(ids([lines], 'n2')[0]).toBe('n2:g7:0')
  })
  test('lines that are read again change no window', () => {
    const { pipeline, decisions } = start('log')
    const nine = batchOf(fail(9, START, '192.0.2.7'))
    pipeline.feed(nine)
    pipeline.feed(nine)
    expect(decisions).toEqual([])
  })
})

describe('a time in the future', () => {
  test('is taken as the time of receipt, and how far it lay ahead is told', () => {
    const { pipeline, events, decisions, outcomes } = start('wall')
    pipeline.feed(batchOf([...fail(9, START + 7e6, '192.0.2.7'), line(START, '192.0.2.7')], { receivedAtMs: START }))
    expect(new Set(events.map(({ atMs }) => atMs))).toEqual(new Set([START]))
    expect(outcomes).toEqual([{ matched: 10, ambiguous: 0, aheadMs: 7e6 + 8 }])
    expect(decisions).toMatchObject([{ type: 'ban', ban: { fromMs: START, untilMs: START + 36e5 } }])
  })
  test('is the newest time in a replay', () => {
    const { pipeline, events, outcomes } = start('log')
    pipeline.feed(batchOf([line(START + 7e6, '192.0.2.7')], { receivedAtMs: START }))
    expect(events[0]!.atMs).toBe(START + 7e6)
    expect(pipeline.nowMs).toBe(START + 7e6)
    expect(outcomes[0]!.aheadMs).toBe(0)
  })
})

describe('unban', () => {
  test('wins over older lines that are still in flight; newer ones count from the start', () => {
    const { pipeline, decisions } = start('wall')
    const feed = (lines: string[], receivedAtMs: number) => pipeline.feed(batchOf(lines, { receivedAtMs }))
    feed(fail(10, START, '192.0.2.7'), START + 100)
    expect(decisions).toMatchObject([{ type: 'ban', ban: { nth: 1 } }])
    expect(pipeline.judge.unban('192.0.2.7', START + 1000)).toMatchObject([{ ip: '192.0.2.7' }])
    feed([...fail(12, START + 900, '192.0.2.7'), ...fail(9, START + 2000, '192.0.2.7')], START + 3000)
    expect(decisions).toHaveLength(1)
    feed(fail(1, START + 2500, '192.0.2.7'), START + 3000)
    // What it did before is forgiven: the first ban again.
    expect(decisions[1]).toMatchObject({ type: 'ban', ban: { nth: 1, count: 10 } })
  })
})

describe('an IPv6 address', () => {
  const ban = (allowed: string[]) => {
    const { pipeline, decisions } = start('log')
    pipeline.judge.trust.setAllowed(allowed.map((cidr) => ({ cidr, untilMs: null, addedMs: 0, comment: null })))
    pipeline.feed(batchOf(Array.from({ length: 10 }, (_, i) => line(START + i, `2001:db8::${(i + 1).toString(16)}`))))
    return decisions
  }
  test('is counted and banned with its /64', () => {
    expect(ban([])).toMatchObject([{ type: 'ban', ban: { scope: 'prefix', prefix: '2001:db8::/64', ip: '2001:db8::a' } }])
  })
  test('is counted and banned alone where somebody in its /64 is allowed', () => {
    expect(ban(['2001:db8::5']).filter(({ type }) => type === 'ban')).toEqual([])
    const { pipeline, decisions } = start('log')
    pipeline.judge.trust.setIgnored(['2001:db8::5'])
    pipeline.feed(batchOf(Array.from({ length: 20 }, (_, i) => line(START + i, `2001:db8::${i % 2 ? 5 : 6}`))))
    expect(decisions.filter(({ type }) => type === 'ban')).toMatchObject([{ ban: { scope: 'address', prefix: null, ip: '2001:db8::6' } }])
  })
})

test('what is drained is everything since the last time, a ban that a person asked for too', () => {
  const { pipeline } = start('log')
  pipeline.feed(batchOf([...fail(10, START, '192.0.2.7'), 'nothing']))
  pipeline.ban('192.0.2.9', 'manual', null, START)
  pipeline.ban('192.0.2.9', 'manual', null, START)
  const { totals, bans, counters } = pipeline.drain()
  expect(totals).toEqual({ lines: 11, events: { failed_registration: 10 }, bans: 2 })
  expect(bans.map(({ ip, jail }) => [ip, jail])).toEqual([
    ['192.0.2.7', 'sip-auth'],
    ['192.0.2.9', 'manual'],
  ])
  expect(counters.length).toBeGreaterThan(0)
  expect(pipeline.drain()).toMatchObject({ totals: { lines: 0, events: {}, bans: 0 }, bans: [], counters: [] })
})

test('memory stays bounded while a log goes on: ended bans and windows that have passed are let go', () => {
  const { pipeline } = start('log')
  const DAY = 864e5
  for (let day = 0; day < 10; day++) {
    pipeline.feed(
      batchOf(Array.from({ length: 500 }, (_, i) => line(START + day * DAY + i, `10.${day}.${i >> 8}.${i & 255}`, `u${day}-${i}`))),
    )
    pipeline.judge.expire(pipeline.nowMs)
    pipeline.drain()
  }
  expect(pipeline.judge.detector.found('sip-auth')).toBe(5000)
  // Each of 500 addresses and users is in three jails; the last ones and those of a day or two before are kept.
  expect(pipeline.judge.detector.sizes().keys).toBeLessThan(5 * 500 * 4)
})
