import { expect, test } from 'vitest'
import type { Jail } from '../../src/config/types.ts'
import type { OpenWindow } from '../../src/types.ts'
import { KeptRows, recordsIn } from './kept-rows.ts'
import { callJailOf, callOf, detectorWith, eventsAt, HOUR, SECOND, SWEEP } from './samples.ts'

const detectorOf = (...jails: readonly Partial<Jail>[]) =>
  detectorWith(
    jails.map((jail) => callJailOf(jail)),
    { maxKeys: 1000 },
  )

const byKey = (a: OpenWindow, b: OpenWindow) => (a.key < b.key ? -1 : 1)

test('drain tells each change once, whole', () => {
  const detector = detectorOf({})
  for (const event of eventsAt([0, 1], { kind: 'call_rejected' })) detector.observe(event)
  expect(recordsIn(detector.drain())).toEqual({ written: ['0 192.0.2.1'], gone: [] })
  expect(detector.drain()).toEqual([])
})

test('a duplicate changes nothing to journal', () => {
  const detector = detectorOf({})
  const event = callOf()
  detector.observe(event)
  detector.drain()
  detector.observe(event)
  expect(detector.drain()).toEqual([])
})

test('a key whose window has passed is swept here and in the journal; a late line could still need one that has not', () => {
  const detector = detectorOf({})
  detector.observe(callOf())
  const journal = new KeptRows()
  journal.put(detector.drain())
  detector.sweep(20 * SECOND)
  expect(detector.sizes().keys).toBe(1)
  detector.sweep(20 * SECOND + 1)
  expect(detector.sizes().keys).toBe(0)
  journal.put(detector.drain())
  const after = detectorOf({})
  after.restore(journal.rows)
  expect(after.sizes().keys).toBe(0)
  expect(detector.drain()).toEqual([])
})

test('a key that the journal never saw leaves no trace in it', () => {
  const detector = detectorOf({})
  detector.observe(callOf())
  detector.sweep(60 * SECOND)
  expect(detector.drain()).toEqual([])
})

test('the windows of jails that are gone or changed leave the journal', () => {
  const detector = detectorOf({ name: 'gone' }, { name: 'changed' })
  detector.observe(callOf())
  const journal = new KeptRows()
  journal.put(detector.drain())
  expect(recordsIn(journal.rows).written).toEqual(['0 192.0.2.1'])
  detector.reconfigure([callJailOf({ name: 'changed', maxretry: 5 })], SWEEP)
  journal.put(detector.drain())
  expect(recordsIn(journal.rows)).toEqual({ written: [], gone: [] })
})

test('rows of unknown jails are ignored; rows that were counted by other rules are dropped', () => {
  const before = detectorOf({ name: 'unknown' }, { name: 'changed' })
  for (const event of eventsAt([0, 1], { kind: 'call_rejected' })) before.observe(event)
  const after = detectorOf({ name: 'changed', findtimeMs: 60 * SECOND })
  const journal = new KeptRows()
  journal.put(before.drain())
  after.restore(journal.rows)
  expect(after.sizes().keys).toBe(0)
  journal.put(after.drain())
  expect(recordsIn(journal.rows)).toEqual({ written: [], gone: [] })
})

test('a jail that stays counts on over a restart, whatever others came and went before it', () => {
  const stays = { name: 'stays', maxretry: 3, findtimeMs: HOUR }
  const before = detectorOf({ name: 'goes', maxretry: 5, findtimeMs: HOUR }, stays)
  const events = eventsAt([0, 1, 2], { kind: 'call_rejected' })
  for (const event of events.slice(0, 2)) before.observe(event)
  const journal = new KeptRows()
  journal.put(before.drain())
  const after = detectorOf({ name: 'comes', maxretry: 3, findtimeMs: 60 * SECOND }, stays)
  after.restore(journal.rows)
  expect(after.observe(events[0]!)).toEqual([])
  expect(after.observe(events[2]!).map(({ jail }) => jail)).toEqual(['stays'])
  journal.put(after.drain())
  const again = detectorOf(stays)
  again.restore(journal.rows)
  expect(again.observe(events[2]!)).toEqual([])
})

test('forgotten addresses stay forgotten after a restart, and are swept when no line of theirs can matter', () => {
  const before = detectorOf({})
  before.forget('192.0.2.1', 5 * SECOND)
  const after = detectorOf({})
  after.restore(before.drain())
  for (const event of eventsAt([3, 4, 5], { kind: 'call_rejected' })) expect(after.observe(event)).toEqual([])
  after.sweep(96 * HOUR)
  expect(after.sizes().keys).toBe(0)
})

test('what an attacker calls himself cannot be taken for another row', () => {
  const detector = detectorWith(
    [callJailOf({ by: ['user'], unless: 'success', second: { by: ['ip', 'user'], maxretry: 2, findtimeMs: SECOND, bantimeMs: 1 } })],
    { maxKeys: 100 },
  )
  detector.observe(callOf({ kind: 'registration', counted: false }))
  for (const user of ['s192.0.2.0/24', '192.0.2.0/24', '192.0.2.1 x', 'f192.0.2.1'])
    for (const id of ['a', 'b']) detector.observe(callOf({ user, domain: null, id: user + id }))
  const rows = detector.drain()
  const { written } = recordsIn(rows)
  expect(new Set(written).size).toBe(written.length)
  expect(written).toHaveLength(8)
  expect(rows.filter(({ key }) => key.startsWith('s'))).toHaveLength(1)
})

test('the log stays some times as long as what it holds, and tells what it holds at any moment', () => {
  const detector = detectorOf({ findtimeMs: HOUR })
  const journal = new KeptRows()
  const addresses = 300
  for (let i = 0; i < 3000; i++) {
    // The first hundred never change again.
    const address = i < addresses ? i : 100 + ((i * 7) % 200)
    detector.observe(callOf({ ip: `10.0.${address >> 8}.${address & 255}`, id: `n:${i}`, atMs: i, kind: 'call_rejected' }))
    if (i % 5 === 0) journal.put(detector.drain())
    if (i % 500 === 499) {
      journal.put(detector.drain())
      const after = detectorOf({ findtimeMs: HOUR })
      after.restore(journal.rows)
      expect(after.openWindows(null).sort(byKey)).toEqual(detector.openWindows(null).sort(byKey))
      expect(recordsIn(journal.rows).written.length).toBeLessThan(5 * addresses)
    }
  }
})

test('a journal that was cut off while an older log was being dropped holds the newer one alone', () => {
  const detector = detectorOf({ name: 'changed', findtimeMs: HOUR })
  const journal = new KeptRows()
  for (let i = 0; i < 2000; i++) {
    detector.observe(callOf({ ip: `10.0.${i >> 8}.${i & 255}`, id: `n:${i}`, atMs: i }))
    if (i % 40 === 0) journal.put(detector.drain())
  }
  const other = callJailOf({ name: 'changed', findtimeMs: HOUR, maxretry: 7 })
  detector.reconfigure([other], SWEEP)
  detector.observe(callOf({ ip: '192.0.2.1', atMs: 2000 }))
  journal.put(detector.drain())
  expect(recordsIn(journal.rows).written.length).toBeGreaterThan(1000)
  const after = detectorWith([other], { maxKeys: 10_000 })
  after.restore(journal.rows)
  expect(after.openWindows(null).map(({ key }) => key)).toEqual(['192.0.2.1'])
  for (let i = 0; i < 50; i++) {
    after.observe(callOf({ ip: '192.0.2.2', id: `m:${i}`, atMs: 2000 + i }))
    journal.put(after.drain())
  }
  expect(recordsIn(journal.rows).written.length).toBeLessThan(10)
})

test('rows of an earlier version, and successes for jails that are gone, leave the journal', () => {
  const detector = detectorOf({})
  detector.restore([
    { jail: 'sip-test', key: '1192.0.2.1', data: 'abc' },
    { jail: '', key: 's0123abcd 192.0.2.1', data: '[[0,0]]' },
    { jail: '', key: '0 192.0.2.1', data: '{"windows":[]}' },
  ])
  expect(detector.drain()).toEqual([
    { jail: 'sip-test', key: '1192.0.2.1', data: '' },
    { jail: '', key: 's0123abcd 192.0.2.1', data: '' },
    { jail: '', key: '0 192.0.2.1', data: '' },
  ])
  expect(detector.drain()).toEqual([])
})
