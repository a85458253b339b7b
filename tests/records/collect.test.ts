import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutboxRow } from '../../src/kept.ts'
import { createCollector } from '../../src/records/collect.ts'
import { type AttemptEntry, idOfBan, type RecordEntry } from '../../src/records/types.ts'
import { COUNTED_KINDS, EVENT_KINDS, type SipEvent } from '../../src/types.ts'
import { banOf } from '../state/samples.ts'

const T = Date.UTC(2026, 0, 15, 10, 30)

let made = 0
function eventOf(part: Partial<SipEvent> = {}): SipEvent {
  return {
    ...{ kind: 'failed_registration', ip: '192.0.2.7', atMs: T, proved: false, counted: true, shadow: false },
    ...{ port: 5060, transport: 'udp', user: '1001', domain: 'example.com', userAgent: 'x', method: 'REGISTER', code: 403 },
    ...{ reason: 'Forbidden', contact: null, expires: null, callId: null, requestUri: null },
    ...{ filter: 'opensips', rule: 'r', why: null, source: 's', id: `n:g:${++made}` },
    ...part,
  }
}

/** An outbox that nobody empties, and what stands in it. */
function collecting(perMinute = 60) {
  const collector = createCollector({ perMinute, run: 'run' })
  const outbox = new Map<string, OutboxRow>()
  const entries = (): RecordEntry[] => {
    for (const row of collector.drain()) {
      outbox.delete(row.key)
      outbox.set(row.key, row)
    }
    return [...outbox.values()].map(({ data }) => JSON.parse(data))
  }
  return { ...collector, entries, attempts: () => entries().filter((entry): entry is AttemptEntry => entry.type === 'attempt') }
}

const sum = (rows: readonly AttemptEntry[]) => rows.reduce((total, { attempts }) => total + attempts, 0)

describe('what is recorded', () => {
  test('a refused request, with all that its line says', () => {
    const { event, entries } = collecting()
    const given = eventOf({ requestUri: 'sip:a@b', expires: 60 })
    event(given)
    const { id, kind, ip, atMs, port, transport, user, domain, userAgent, method, code, reason, expires, requestUri } = given
    expect(entries()).toEqual([
      {
        type: 'attempt',
        id,
        kind,
        ip,
        atMs,
        port,
        transport,
        user,
        domain,
        userAgent,
        method,
        code,
        reason,
        expires,
        requestUri,
        attempts: 1,
      },
    ])
  })

  test.each(EVENT_KINDS)('of kind %s: attempts and registrations, whether they count or not', (kind) => {
    const { event, entries } = collecting()
    event(eventOf({ kind, counted: false }))
    const type = COUNTED_KINDS.has(kind) ? ['attempt'] : kind.endsWith('registration') ? ['registration'] : []
    expect(entries().map((entry) => entry.type)).toEqual(type)
  })

  test('not the shadow of another event, nor what is seen as HEP too', () => {
    const { event, entries } = collecting()
    event(eventOf({ shadow: true }))
    event(eventOf({ why: 'hep' }))
    event(eventOf({ why: 'hep', kind: 'registration' }))
    expect(entries()).toEqual([])
  })

  test.each(['ambiguous', 'forgeable'])('an %s line without its address, and it registers nobody', (why) => {
    const { event, entries } = collecting()
    event(eventOf({ why, counted: false }))
    event(eventOf({ why, kind: 'registration' }))
    expect(entries()).toMatchObject([{ type: 'attempt', ip: null, port: null, transport: null, user: '1001' }])
  })

  test('a registration, and its end as one that expires at once', () => {
    const { event, entries } = collecting()
    event(eventOf({ kind: 'registration', id: 'a', contact: 'sip:1001@192.0.2.7', expires: 300, callId: 'c', domain: null }))
    event(eventOf({ kind: 'unregistration', id: 'b', contact: '*' }))
    event(eventOf({ kind: 'registration', user: null }))
    expect(entries()).toEqual([
      {
        ...{ type: 'registration', id: 'a', atMs: T, ip: '192.0.2.7', port: 5060, transport: 'udp', user: '1001', domain: '' },
        ...{ contact: 'sip:1001@192.0.2.7', expires: 300, userAgent: 'x', callId: 'c' },
      },
      expect.objectContaining({ type: 'registration', id: 'b', contact: '*', expires: 0 }),
    ])
  })

  test('a flood of refreshes is one row, the newest; the end of the binding between them is another', () => {
    const { event, entries } = collecting()
    const refresh = (id: string, part = {}) => event(eventOf({ kind: 'registration', contact: 'sip:a@b', expires: 60, id, ...part }))
    for (let i = 0; i < 1000; i++) refresh(`r${i}`, { port: 1000 + i })
    expect(entries()).toMatchObject([{ id: 'r999', port: 1999 }])
    refresh('end', { expires: 0 })
    refresh('elsewhere', { ip: '192.0.2.8' })
    refresh('again')
    expect(entries().map((entry) => entry.id)).toEqual(['end', 'elsewhere', 'again'])
  })

  test('a ban and its lift, in this order', () => {
    const { ban, lift, entries } = collecting()
    const given = banOf('192.0.2.7')
    ban(given)
    lift(given, T)
    expect(entries()).toEqual([
      { type: 'ban', id: idOfBan(given), ban: given },
      { type: 'lift', id: idOfBan(given), atMs: T },
    ])
  })

  test('a text as long as a line may be is cut on the way', () => {
    const { event, entries } = collecting()
    event(eventOf({ userAgent: 'x'.repeat(60_000) }))
    expect(entries()).toMatchObject([{ userAgent: 'x'.repeat(1000) }])
  })

  test('names that differ only in what a text column cannot hold do not take the place of each other', () => {
    const { event, drain } = collecting()
    for (const user of ['a\0b', 'a\0c', 'a\ud800', 'a\ud801', 'a', 'ab']) event(eventOf({ kind: 'registration', user }))
    const keys = drain().map(({ key }) => key)
    expect(new Set(keys).size).toBe(6)
    expect(keys.every((key) => !key.includes('\0') && key.isWellFormed())).toBe(true)
  })

  test('nothing comes twice out of what changed once', () => {
    const { event, drain } = collecting()
    event(eventOf())
    expect(drain()).toHaveLength(1)
    expect(drain()).toEqual([])
  })
})

describe('a flood', () => {
  test('of one address is recorded in full for so many a minute, then one row of each kind that grows', () => {
    const { event, attempts } = collecting(3)
    for (let i = 0; i < 5; i++) event(eventOf({ atMs: T + i }))
    expect(attempts().map((row) => row.attempts)).toEqual([1, 1, 1, 2])
    event(eventOf({ atMs: T + 59_999 }))
    event(eventOf({ atMs: T + 10, kind: 'flood' }))
    const [, , , counted, flood] = attempts()
    expect(counted).toEqual({
      ...{ type: 'attempt', id: 'run:1', kind: 'failed_registration', atMs: T + 59_999, ip: '192.0.2.7', port: null, transport: null },
      ...{ user: null, domain: null, userAgent: null, method: null, code: null, reason: null, expires: null, requestUri: null },
      attempts: 3,
    })
    expect(flood).toMatchObject({ id: 'run:2', kind: 'flood', attempts: 1 })
    event(eventOf({ atMs: T + 60_000 }))
    expect(attempts().at(-1)).toMatchObject({ user: '1001', attempts: 1 })
  })

  test('of another limit holds from the reload on', () => {
    const { event, attempts, reconfigure } = collecting(1)
    event(eventOf())
    reconfigure({ perMinute: 2 })
    for (let i = 0; i < 3; i++) event(eventOf())
    expect(attempts().map((row) => row.attempts)).toEqual([1, 1, 2])
  })

  test('of 50,000 addresses has a row for each of 20,000 and one for all others', () => {
    const { event, attempts } = collecting(1)
    for (let i = 0; i < 100_000; i++) event(eventOf({ ip: `10.0.${(i % 50_000) >> 8}.${(i % 50_000) & 255}` }))
    const rows = attempts()
    expect(sum(rows)).toBe(100_000)
    expect(rows).toHaveLength(20_000 + 20_000 + 1)
    expect(rows.filter(({ ip }) => ip === null)).toMatchObject([{ attempts: 60_000 }])
  })

  test('of all addresses is recorded in full for 30,000 a minute', () => {
    const { event, attempts } = collecting(30_000)
    for (let i = 0; i < 40_000; i++) event(eventOf({ ip: i % 2 ? '192.0.2.7' : '192.0.2.8' }))
    const counted = attempts().filter((row) => row.user === null)
    expect(counted.map((row) => [row.ip, row.attempts])).toEqual([
      ['192.0.2.8', 5000],
      ['192.0.2.7', 5000],
    ])
  })

  test('adds up to its events, whatever it is and whenever rows are taken, and is bounded', () => {
    const kinds = fc.constantFrom('failed_registration' as const, 'door_knock' as const, 'flood' as const)
    const ip = fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', null)
    const step = fc.record({
      kind: kinds,
      ip,
      // Minutes go back and forth, more of them than are remembered.
      minute: fc.nat({ max: 20 }),
      times: fc.integer({ min: 1, max: 30 }),
      drained: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (steps, perMinute) => {
        const { event, attempts } = collecting(perMinute)
        let events = 0
        let visits = 0
        for (const [i, { kind, ip, minute, times, drained }] of steps.entries()) {
          for (let n = 0; n < times; n++) event(eventOf({ kind, ip, atMs: T + minute * 60_000 + n }))
          events += times
          if (minute !== steps[i - 1]?.minute) visits++
          if (drained) attempts()
        }
        const rows = attempts()
        expect(sum(rows)).toBe(events)
        // Four addresses; each may have its rows in full and one of each kind, in each visit to a minute.
        expect(rows.length).toBeLessThanOrEqual(visits * 4 * (perMinute + 3))
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      }),
      { numRuns: 200 },
    )
  })
})
