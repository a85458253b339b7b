import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../src/duration.ts'

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['4w', 2_419_200_000],
    ['1.5h', 5_400_000],
    ['600', 600_000],
    [600, 600_000],
    [' 10m ', 600_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test('-1 is for ever', () => {
    expect(parseDuration(-1)).toBeNull()
    expect(formatDuration(null)).toBe('-1')
  })

  test.each(['', 'm', '10 m', '10y', '-2', '1e3', '0x10', 'NaN', '999999999w'])('%j is refused with what would be right', (text) => {
    expect(() => parseDuration(text)).toThrow(`expected a duration such as 90s, 10m, 1h, 7d, 4w or -1 (for ever), got '${text.trim()}'`)
  })

  test('what is written is read back', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 3e12 }), (ms) => parseDuration(formatDuration(ms)) === ms))
  })
})
