import type { Jail } from '../config/types.ts'
import { isMissing, type SourceStatus } from '../sources/index.ts'
import type { Degraded } from './degraded.ts'
import type { Tally } from './tally.ts'

/** Clocks of a fleet differ by less. */
const AHEAD_MS = 60_000
/** A backlog that is read at once is no delay. */
const LATE_FOR_MS = 30_000
/** Of so many events in a row from HEP it was not known which side is the server. */
const UNDIRECTED = 10

interface Trouble {
  readonly what: string
  readonly remedy: string
  /** Said when it is over; null: the source says so itself. */
  readonly over: string | null
  /** The source says it aloud. */
  readonly told?: boolean
}

/** What keeps sources from being read in time, as `status` and `/healthz` say it. To be called every second or so. */
export function createSourceTroubles({ degraded, tally }: { readonly degraded: Degraded; readonly tally: Tally }) {
  let known = new Map<string, Trouble>()
  let sources: ReadonlySet<string> = new Set()
  /** Receive time of the first of the lines that came late, by source. */
  const lateSince = new Map<string, number>()

  function isLate({ name, lastLineAtMs }: SourceStatus, limitMs: number): boolean {
    if (lastLineAtMs === null || tally.lagMs(name) <= limitMs) {
      lateSince.delete(name)
      return false
    }
    const sinceMs = lateSince.get(name) ?? lastLineAtMs
    lateSince.set(name, sinceMs)
    return lastLineAtMs - sinceMs >= LATE_FOR_MS
  }

  return function check(statuses: readonly SourceStatus[], jails: readonly Jail[]): void {
    const lateAfterMs = Math.min(...jails.map(({ findtimeMs }) => findtimeMs)) / 2
    const found = new Map<string, Trouble>()
    for (const status of statuses) {
      const { name, trouble } = status
      if (trouble !== null) {
        found.set(`unread ${name}`, {
          what: `${name} is not read: ${trouble}`,
          remedy: 'nothing in it counts meanwhile; it is read as soon as it can be',
          over: null,
          // A log that was there is away for a moment when it is rotated; one that never was may have been misspelt.
          told: sources.has(name) || !isMissing(trouble),
        })
      }
      if (status.silence) {
        const { what, remedy } = status.silence
        found.set(`silent ${name}`, { what: `${name}: ${what}`, remedy, over: `${name}: it is heard` })
      }
      if (tally.undirected(name) >= UNDIRECTED) {
        found.set(`undirected ${name}`, {
          what: `${name}: it is not known which address is the SIP server, so what it refuses does not count`,
          remedy: 'name the server in self: (or as a single address in from:)',
          over: `${name}: the server is known now`,
        })
      }
      if (tally.aheadMs(name) > AHEAD_MS) {
        found.set(`ahead ${name}`, {
          what: `${name}: its times lie in the future; its lines count at the time of their receipt`,
          remedy: 'set tz: (or --tz) to the time zone that it is written in, and the clock of its host',
          over: `${name}: its times no longer lie in the future`,
        })
      }
      if (isLate(status, lateAfterMs)) {
        found.set(`late ${name}`, {
          what: `${name}: its lines come later than half the shortest findtime of the jails, and so do the bans`,
          remedy: 'look at lag_bytes (this daemon is slow) and at what forwards the log (it is slow), or set tz:',
          over: `${name}: its lines come in time again`,
        })
      }
    }
    for (const [key, { what, remedy, told }] of found) degraded.set(key, what, remedy, told)
    for (const [key, { over }] of known) if (!found.has(key)) degraded.clear(key, over)
    known = found
    sources = new Set(statuses.map(({ name }) => name))
  }
}
