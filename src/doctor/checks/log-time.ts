import { formatDuration } from '../../duration.ts'
import { samplesOf } from '../log-sample.ts'
import type { Check, Finding } from '../probe.ts'

/** Clocks of a fleet differ by less; so much is no delay of a buffer either. */
const AHEAD_MS = 60_000
/** Zones differ by quarters of an hour (the IANA database has no other since 1972), and by at most so much. */
const QUARTER_MS = 900_000
const WIDEST_MS = 26 * 36e5

/** A line is written when the file is: what its time says beside that is a wrong zone or a wrong clock. */
export const logTime: Check = {
  id: 'log-time',
  title: 'the times in the logs are when they were written',
  run: (probe) =>
    samplesOf(probe).flatMap(({ path, mtimeMs, newestMs }): Finding[] => {
      if (newestMs === null) return []
      const offMs = newestMs - mtimeMs
      if (offMs <= AHEAD_MS && !isZone(-offMs)) return []
      const by = formatDuration(Math.round(Math.abs(offMs) / 60_000) * 60_000)
      return [
        {
          severity: 'error',
          place: path,
          text: `its newest line is dated ${by} ${offMs > 0 ? 'after' : 'before'} it was written: ${offMs > 0 ? 'its lines count when they come, not when they say' : 'its bans come late, or never'}`,
          remedy: `set tz: to the zone that it is written in (now ${probe.config.tz}), or the clock of the host that writes it`,
        },
      ]
    }),
}

/** Behind by a whole zone, within a minute. A log that was copied or touched is behind by anything. */
function isZone(behindMs: number): boolean {
  const rest = Math.abs(behindMs - Math.round(behindMs / QUARTER_MS) * QUARTER_MS)
  return behindMs >= QUARTER_MS - AHEAD_MS && behindMs <= WIDEST_MS && rest <= AHEAD_MS
}
