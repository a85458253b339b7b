import type { NotifyConfig } from '../config/types.ts'
import type { DailyTotals, Put } from './types.ts'

type TimeOfDay = NonNullable<NotifyConfig['daily']>

interface Since {
  readonly totals: DailyTotals
  readonly atMs: number
}

const KEY = 'daily'

/** Once a day, how much the totals grew since the last time. */
export function createDailyLine(kept: ReadonlyMap<string, string>, put: Put) {
  const data = kept.get(KEY)
  let since = data === undefined ? null : (JSON.parse(data) as Since)

  return {
    /** Null: it is not time. The first time of all there is nothing yet to compare with. A day that was slept over comes late, as one. */
    tick(daily: TimeOfDay | null, readTotals: () => DailyTotals, nowMs: number): { totals: DailyTotals; sinceMs: number } | null {
      if (daily === null) return null
      // A clock that was set back must not silence it.
      if (since !== null && since.atMs <= nowMs && nowMs < nextDailyMs(since.atMs, daily)) return null
      const before = since
      const totals = readTotals()
      since = { totals, atMs: nowMs }
      put(KEY, JSON.stringify(since))
      return before === null ? null : { totals: growth(before.totals, totals), sinceMs: before.atMs }
    },
  }
}

function growth(before: DailyTotals, after: DailyTotals): DailyTotals {
  // Totals that fell were begun anew.
  const grown = (name: keyof DailyTotals) => (after[name] < before[name] ? after[name] : after[name] - before[name])
  return { guesses: grown('guesses'), banned: grown('banned'), phones: grown('phones') }
}

/** The next such time of the day after `afterMs`, by this machine's local time; in a spring night that lacks it, the hour after. */
export function nextDailyMs(afterMs: number, { hour, minute }: TimeOfDay): number {
  const day = new Date(afterMs)
  const at = (days: number) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute).getTime()
  const today = at(0)
  return today > afterMs ? today : at(1)
}
