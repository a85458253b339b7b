import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failureCounts } from '../../src/console/parts/failure-counts.ts'
import type { EventKind } from '../../src/types.ts'

const NOW = Date.UTC(2026, 0, 15, 10, 30)
const ago = (ms: number, attempts = 1, kind: EventKind = 'failed_registration') => ({
  at: new Date(NOW - ms).toISOString(),
  attempts,
  kind,
})

describe('the failures of a user by time', () => {
  test('of nobody are none', () => {
    expect(failureCounts([], NOW)).toBeNull()
  })

  test('are counted by the minute where they are of the last hour', () => {
    const counted = failureCounts([ago(0), ago(6e4), ago(6e4 + 1)], NOW)!
    expect(counted).toEqual({
      stepMs: 6e4,
      times: [NOW / 1000 - 120, NOW / 1000 - 60, NOW / 1000],
      kinds: { failed_registration: [1, 1, 1] },
    })
  })

  test('are counted by the day where they are of the last month', () => {
    const counted = failureCounts([ago(30 * 864e5), ago(0, 12)], NOW)!
    expect(counted.stepMs).toBe(864e5)
    expect(counted.kinds.failed_registration).toEqual([1, ...new Array(29).fill(0), 12])
  })

  test('are told apart by their kind', () => {
    const counted = failureCounts([ago(6e4), ago(0, 3, 'door_knock')], NOW)!
    expect(counted.kinds).toEqual({ failed_registration: [1, 0], door_knock: [0, 3] })
  })

  test('that the clock of the log puts into the future are counted, too', () => {
    expect(failureCounts([ago(-3 * 6e4)], NOW)!.kinds).toEqual({ failed_registration: [1] })
  })

  test('are all there, in few steps of equal length', () => {
    const event = fc.record({ ms: fc.integer({ min: 0, max: 400 * 864e5 }), attempts: fc.integer({ min: 1, max: 1e6 }) })
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 50 }), (events) => {
        const { times, kinds, stepMs } = failureCounts(
          events.map(({ ms, attempts }) => ago(ms, attempts)),
          NOW,
        )!
        const counts = Object.values(kinds).flat()
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(events.reduce((sum, { attempts }) => sum + attempts, 0))
        expect(times.length).toBeLessThanOrEqual(73)
        expect(times.every((time, i) => i === 0 || time - times[i - 1]! === stepMs / 1000)).toBe(true)
      }),
    )
  })
})
