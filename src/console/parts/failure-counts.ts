import type { EventJson } from '../../api/records-wire.ts'

export interface FailureCounts {
  readonly stepMs: number
  /** Beginnings of the steps, epoch seconds, oldest first. */
  readonly times: readonly number[]
  /** Attempts within each step, for each kind that occurred. */
  readonly kinds: Readonly<Record<string, readonly number[]>>
}

/** Round lengths, so that a step begins where a person would say it does. */
const STEPS_MS = [6e4, 5 * 6e4, 15 * 6e4, 36e5, 6 * 36e5, 864e5, 7 * 864e5]
const MOST_STEPS = 72

/** Attempts by time, from the oldest event to now, in the shortest steps of which not too many are needed. Null without events. */
export function failureCounts(events: readonly Pick<EventJson, 'at' | 'attempts' | 'kind'>[], nowMs: number): FailureCounts | null {
  if (events.length === 0) return null
  const atMs = events.map(({ at }) => Date.parse(at))
  const [oldest, newest] = [Math.min(...atMs), Math.max(nowMs, ...atMs)]
  const stepMs = STEPS_MS.find((step) => (newest - oldest) / step < MOST_STEPS) ?? STEPS_MS.at(-1)!
  const first = Math.floor(oldest / stepMs)
  const times = Array.from({ length: Math.floor(newest / stepMs) - first + 1 }, (_, i) => ((first + i) * stepMs) / 1000)
  const kinds: Record<string, number[]> = {}
  for (const [i, { kind, attempts }] of events.entries()) {
    kinds[kind] ??= times.map(() => 0)
    kinds[kind][Math.floor(atMs[i]! / stepMs) - first]! += attempts
  }
  return { stepMs, times, kinds }
}
