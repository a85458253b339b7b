import type { ActivityReport } from '../api/control.ts'
import type { GeoLookup } from '../geo.ts'
import type { Activity } from './activity.ts'

/** Attackers, and targets. */
const MOST_LISTED = 20

export interface ActivityReportOptions {
  readonly minutes: number
  readonly nowMs: number
  readonly startedMs: number
  readonly isBanned: (ip: string) => boolean
  readonly placeOf: GeoLookup
}

/** As the API says it. */
export function activityReport(
  activity: Activity,
  { minutes, nowMs, startedMs, isBanned, placeOf }: ActivityReportOptions,
): ActivityReport {
  const { fromMs, kinds, bans, attackers, targets } = activity.read(minutes, MOST_LISTED, nowMs)
  return {
    from: iso(fromMs),
    since: iso(startedMs),
    step_seconds: 60,
    kinds: Object.fromEntries(kinds),
    bans,
    attackers: attackers.map(([ip, { count, lastMs }]) => ({
      ...{ ip, events: count, last_at: iso(lastMs) },
      ...{ banned: isBanned(ip), place: placeOf(ip) },
    })),
    targets: targets.map(([user, { count, lastMs }]) => ({ user, events: count, last_at: iso(lastMs) })),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
