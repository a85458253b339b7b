import { describe, expect, test } from 'vitest'
import { dailyDraft } from '../../src/notify/compose.ts'
import { createDailyLine, nextDailyMs } from '../../src/notify/daily.ts'
import { createMemory } from './memory.ts'

const EIGHT = { hour: 8, minute: 0 }
const local = (day: number, hour: number, minute = 0) => new Date(2026, 0, day, hour, minute).getTime()
const totals = (guesses: number, banned = 0, phones = 0) => ({ guesses, banned, phones })

describe('the daily line', () => {
  test('is due at the next such time of the day', () => {
    expect(nextDailyMs(local(15, 7, 59), EIGHT)).toBe(local(15, 8))
    expect(nextDailyMs(local(15, 8), EIGHT)).toBe(local(16, 8))
    expect(nextDailyMs(local(31, 12), EIGHT)).toBe(new Date(2026, 1, 1, 8).getTime())
  })

  test('says how much the totals grew since the last one, once a day', () => {
    const line = createDailyLine(new Map(), () => {})
    expect(line.tick(EIGHT, () => totals(100, 5), local(15, 6))).toBeNull()
    expect(line.tick(EIGHT, () => totals(110, 6), local(15, 7, 59))).toBeNull()
    expect(line.tick(EIGHT, () => totals(120, 7, 1), local(15, 8))).toEqual({ totals: totals(20, 2, 1), sinceMs: local(15, 6) })
    expect(line.tick(EIGHT, () => totals(130, 9, 1), local(15, 8, 1))).toBeNull()
    expect(line.tick(EIGHT, () => totals(140, 9, 1), local(16, 8))).toEqual({ totals: totals(20, 2, 0), sinceMs: local(15, 8) })
  })

  test('that was slept over comes at the next start, and counts on', () => {
    const memory = createMemory()
    createDailyLine(memory.kept, memory.put).tick(EIGHT, () => totals(100), local(15, 9))
    const line = createDailyLine(memory.kept, memory.put)
    expect(line.tick(EIGHT, () => totals(150), local(18, 12))).toEqual({ totals: totals(50), sinceMs: local(15, 9) })
    expect(line.tick(EIGHT, () => totals(150), local(18, 12, 1))).toBeNull()
  })

  test('counts from nothing where the totals were begun anew, and is not silenced by a clock set back', () => {
    const line = createDailyLine(new Map(), () => {})
    line.tick(EIGHT, () => totals(100), local(15, 9))
    expect(line.tick(EIGHT, () => totals(7), local(16, 9))?.totals).toEqual(totals(7))
    expect(line.tick(EIGHT, () => totals(8), local(10, 9))?.totals).toEqual(totals(1))
  })

  test('is off where it is', () => {
    const line = createDailyLine(new Map(), () => {})
    line.tick(EIGHT, () => totals(1), local(15, 9))
    expect(line.tick(null, () => totals(2), local(17, 9))).toBeNull()
  })

  test('is in words', () => {
    expect(dailyDraft('pbx', totals(12331, 41), local(15, 8), local(16, 8))).toMatchObject({
      class: 'daily',
      subject: 'sipguard pbx daily: 12,331 guesses, 41 addresses banned, 0 phones touched',
      text: '12,331 guesses, 41 addresses banned, 0 phones touched since 2026-01-15 08:00:00',
    })
    expect(dailyDraft('pbx', totals(1, 1, 1), 0, 0).subject).toBe('sipguard pbx daily: 1 guess, 1 address banned, 1 phone touched')
  })
})
