import { afterEach, describe, expect, test } from 'vitest'
import { isTimeZone, machineTimeZone } from '../../src/config/time-zone.ts'

const before = process.env.TZ
afterEach(() => {
  if (before === undefined) delete process.env.TZ
  else process.env.TZ = before
})

describe('the zone of the machine', () => {
  test.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['America/Argentina/Ushuaia', 'America/Argentina/Ushuaia'],
    ['UTC', 'UTC'],
    ['Etc/UTC', 'UTC'],
    // What is no name of a zone has none.
    ['nonsense', 'UTC'],
    ['CET-1CEST', 'UTC'],
  ])('TZ=%s is %s', (tz, expected) => {
    process.env.TZ = tz
    expect(machineTimeZone()).toBe(expected)
  })

  test('is the one that Intl tells', () => {
    for (const zone of Intl.supportedValuesOf('timeZone').filter((_, i) => i % 20 === 0)) {
      process.env.TZ = zone
      expect([zone, machineTimeZone()]).toEqual([zone, Intl.DateTimeFormat().resolvedOptions().timeZone])
    }
  })
})

test('a zone has a name: an offset is none', () => {
  expect(['UTC', 'Europe/Berlin', 'Etc/GMT+3', '+02:00', 'utc+2', 'Mars/Olympus', ''].map(isTimeZone)).toEqual([
    ...[true, true, true],
    ...[false, false, false, false],
  ])
})
