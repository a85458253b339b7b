import { describe, expect, test } from 'vitest'
import { createTimeParser, createTimeReader } from '../../src/classify/timestamp.ts'
import { createZone } from '../../src/classify/zone.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const at = (text: string, tz = 'UTC', now = NOW) => {
  const ms = createTimeParser(createZone(tz))(text, now)
  return ms === null ? null : new Date(ms).toISOString()
}

describe('times of log lines', () => {
  test.each([
    ['2026-01-15T10:30:45.123456+00:00', '2026-01-15T10:30:45.123Z'],
    ['2026-01-15T10:30:45+0100', '2026-01-15T09:30:45.000Z'],
    ['2026-01-15T10:30:45-05:30', '2026-01-15T16:00:45.000Z'],
    ['2026-01-15T10:30:45Z', '2026-01-15T10:30:45.000Z'],
    ['2026-01-15 10:30:45', '2026-01-15T10:30:45.000Z'],
    ['2026-01-15 10:30:45,5', '2026-01-15T10:30:45.500Z'],
    ['Jan 15 10:30:45', '2026-01-15T10:30:45.000Z'],
    ['Nov  6 10:23:55', '2026-11-06T10:23:55.000Z'],
    ['Nov 4 18:30:40', '2026-11-04T18:30:40.000Z'],
    ['08-03 07:56:53.026292', '2026-08-03T07:56:53.026Z'],
  ])('%s is %s', (text, iso) => {
    expect(at(text)).toBe(iso)
  })

  test.each([
    'Feb 30 10:00:00',
    'Xyz 15 10:00:00',
    '2026-13-01 00:00:00',
    '2026-02-29 00:00:00',
    'Jan 15 25:00:00',
    '2026-01-15 10:61:00',
    '',
    'yesterday',
  ])('%j is no time', (text) => {
    expect(at(text)).toBeNull()
  })

  test('a year-less time never lies more than a day in the future', () => {
    expect(at('Dec 31 23:59:59')).toBe('2025-12-31T23:59:59.000Z')
    expect(at('Nov 23 11:59:59')).toBe('2026-11-23T11:59:59.000Z')
    expect(at('Nov 23 12:00:01')).toBe('2025-11-23T12:00:01.000Z')
  })

  test('at the turn of the year, 31 December is last year’s and 1 January this year’s', () => {
    const now = Date.parse('2027-01-01T00:00:10Z')
    expect(at('Dec 31 23:59:59', 'UTC', now)).toBe('2026-12-31T23:59:59.000Z')
    expect(at('Jan  1 00:00:05', 'UTC', now)).toBe('2027-01-01T00:00:05.000Z')
    expect(at('Jan  1 00:00:05', 'UTC', Date.parse('2026-12-31T23:59:58Z'))).toBe('2027-01-01T00:00:05.000Z')
  })

  test('29 February belongs to the last leap year', () => {
    expect(at('Feb 29 10:00:00')).toBe('2024-02-29T10:00:00.000Z')
  })

  test('a time without a zone is taken in the given zone, in winter and in summer', () => {
    expect(at('2026-01-15 10:30:45', 'Europe/Berlin')).toBe('2026-01-15T09:30:45.000Z')
    expect(at('2026-07-15 10:30:45', 'Europe/Berlin')).toBe('2026-07-15T08:30:45.000Z')
    expect(at('Jul 15 10:30:45', 'America/St_Johns')).toBe('2026-07-15T13:00:45.000Z')
    expect(at('2026-01-15T10:30:45+00:00', 'Europe/Berlin')).toBe('2026-01-15T10:30:45.000Z')
  })

  test('the hour after the clocks change is right', () => {
    expect(at('2026-03-29 03:00:00', 'Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z')
    expect(at('2026-10-25 03:00:00', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z')
  })
})

describe('times read from bytes', () => {
  const read = createTimeReader(createTimeParser(createZone('UTC')))
  const timeOf = (text: string, now = NOW) => {
    const ms = read(Buffer.from(`[${text}] x`), 1, 1 + text.length, now)
    return ms === null ? null : new Date(ms).toISOString()
  }

  test('are those of their own text, whatever was read before', () => {
    const texts = [
      'Jan 15 10:30:45',
      'Jan 15 10:30:45',
      'Jan 15 10:30:46',
      'Jan 15 10:30:4',
      '2026-01-15 10:30:45',
      '2026-01-15 10:30:45.5',
      'Jan 15 10:30:46',
    ]
    expect(texts.map((text) => timeOf(text))).toEqual(texts.map((text) => at(text)))
  })

  test('of no year are dated anew on another day', () => {
    expect(timeOf('Nov 30 10:00:00')).toBe('2025-11-30T10:00:00.000Z')
    expect(timeOf('Nov 30 10:00:00', Date.parse('2026-12-01T00:00:00Z'))).toBe('2026-11-30T10:00:00.000Z')
  })
})
