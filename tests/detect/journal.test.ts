import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Jail } from '../../src/config/types.ts'
import { packIds, unpackIds } from '../../src/detect/ids.ts'
import { callJailOf, callOf, detectorWith, eventsAt, HOUR, SECOND, SWEEP } from './samples.ts'

const detectorOf = (...jails: readonly Partial<Jail>[]) =>
  detectorWith(
    jails.map((jail) => callJailOf(jail)),
    { maxKeys: 1000 },
  )

test('drain tells each change once, whole', () => {
  const detector = detectorOf({})
  for (const event of eventsAt([0, 1], { kind: 'call_rejected' })) detector.observe(event)
  expect(detector.drain()).toMatchObject([{ jail: '', key: '0 192.0.2.1' }])
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
  const [row] = detector.drain()
  detector.sweep(20 * SECOND)
  expect(detector.sizes().keys).toBe(1)
  detector.sweep(20 * SECOND + 1)
  expect(detector.sizes().keys).toBe(0)
  expect(detector.drain()).toEqual([{ ...row, data: '' }])
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
  const rows = detector.drain()
  detector.reconfigure([callJailOf({ name: 'changed', maxretry: 5 })], SWEEP)
  expect(detector.drain()).toEqual(rows.map((row) => ({ ...row, data: '' })))
  detector.reconfigure([callJailOf({ name: 'gone' })], SWEEP)
  expect(detector.drain()).toEqual([])
})

test('rows of unknown jails are ignored; rows that were counted by other rules are dropped', () => {
  const before = detectorOf({ name: 'unknown' }, { name: 'changed' })
  for (const event of eventsAt([0, 1], { kind: 'call_rejected' })) before.observe(event)
  const after = detectorOf({ name: 'changed', findtimeMs: 60 * SECOND })
  after.restore(before.drain())
  expect(after.sizes().keys).toBe(0)
  expect(after.drain()).toEqual([{ jail: '', key: '0 192.0.2.1', data: '' }])
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
  expect(new Set(rows.map(({ jail, key }) => `${jail} ${key}`)).size).toBe(9)
})

test('packed ids come back as they were', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.string(),
          fc.nat().map((offset) => `node:stream:${offset}`),
        ),
      ),
      (ids) => {
        expect(unpackIds(packIds(ids))).toEqual(ids)
      },
    ),
  )
  expect(packIds(['n:s:1000', 'n:s:1090'])).toEqual(['=n:s:1000', ':1090'])
})

test('rows of an earlier version, and successes for jails that are gone, leave the journal', () => {
  const detector = detectorOf({})
  detector.restore([
    { jail: 'sip-test', key: '1192.0.2.1', data: 'abc' },
    { jail: '', key: 's0123abcd 192.0.2.1', data: '[[0,0]]' },
  ])
  expect(detector.drain()).toEqual([
    { jail: 'sip-test', key: '1192.0.2.1', data: '' },
    { jail: '', key: 's0123abcd 192.0.2.1', data: '' },
  ])
  expect(detector.drain()).toEqual([])
})
