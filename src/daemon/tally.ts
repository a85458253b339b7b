import type { JailReport, Protection, SourceReport } from '../api/control.ts'
import type { Jail } from '../config/types.ts'
import type { Outcome } from '../pipeline.ts'
import type { SourceStatus } from '../sources/index.ts'
import type { Alert, Ban, EventKind, LineBatch, SipEvent } from '../types.ts'

/** Alerts that `status` shows. */
const MOST_ALERTS = 50
/** A source that says so many failures and no success will say none. */
const BLIND_AFTER = 20
const AUTHENTICATION: ReadonlySet<EventKind> = new Set(['failed_registration', 'failed_auth'])

interface SourceTally {
  lines: number
  unmatched: number
  /** How far the newest event's own time lay behind its receipt, ms. */
  lagMs: number
  /** Counted failures, and successes, by which phones are known. */
  failures: number
  successes: number
  /** Of its newest failure. */
  filter: string | null
  /** Packets since the last one of which it was known which side is the server. */
  undirected: number
  /** How far times of the newest batch that had any lay in the future, ms. */
  aheadMs: number
}

/** Counts since the start, for `status`: per source and per jail. */
export type Tally = ReturnType<typeof createTally>

export function createTally() {
  const sources = new Map<string, SourceTally>()
  const bans = new Map<string, number>()
  const alerts: Alert[] = []
  const of = (name: string): SourceTally => {
    const known = sources.get(name)
    if (known) return known
    const tally: SourceTally = { lines: 0, unmatched: 0, lagMs: 0, failures: 0, successes: 0, filter: null, undirected: 0, aheadMs: 0 }
    sources.set(name, tally)
    return tally
  }

  return {
    batch(batch: LineBatch, { matched, aheadMs }: Outcome): void {
      const tally = of(batch.source)
      tally.lines += batch.count
      tally.unmatched += batch.count - matched
      if (matched > 0) tally.aheadMs = aheadMs
    },
    event(event: SipEvent, receivedAtMs: number): void {
      const tally = of(event.source)
      tally.lagMs = Math.max(0, receivedAtMs - event.atMs)
      tally.undirected = event.why === 'direction' ? tally.undirected + 1 : 0
      if (event.kind === 'registration' || event.kind === 'auth_success') tally.successes++
      else if (event.counted && AUTHENTICATION.has(event.kind)) {
        tally.failures++
        tally.filter = event.filter
      }
    },
    alert(alert: Alert): void {
      alerts.unshift(alert)
      alerts.splice(MOST_ALERTS)
    },
    /** The newest ones, newest first. */
    alerts: (): readonly Alert[] => alerts,
    ban: (jail: string) => void bans.set(jail, (bans.get(jail) ?? 0) + 1),
    lagMs: (source: string) => sources.get(source)?.lagMs ?? 0,
    undirected: (source: string) => sources.get(source)?.undirected ?? 0,
    aheadMs: (source: string) => sources.get(source)?.aheadMs ?? 0,
    sources(statuses: readonly SourceStatus[]): SourceReport[] {
      return statuses.map((status) => {
        const tally = sources.get(status.name)
        return {
          name: status.name,
          lag_bytes: status.lagBytes,
          lag_seconds: Math.round((tally?.lagMs ?? 0) / 1000),
          last_line_at: status.lastLineAtMs === null ? null : new Date(status.lastLineAtMs).toISOString(),
          lines: tally?.lines ?? 0,
          unmatched: tally?.unmatched ?? 0,
          protection: protectionOf(tally),
          remedy: protectionOf(tally) === 'blind' ? seeing(tally!.filter!) : null,
          swallowed_bytes: status.swallowedBytes,
          truncations: status.truncations,
          dropped_lines: status.droppedLines,
          refused: status.refused,
          trouble: status.trouble,
        }
      })
    },
    jails(jails: readonly Jail[], foundIn: (jail: string) => number, active: readonly Ban[]): JailReport[] {
      const activeIn = Map.groupBy(active, ({ jail }) => jail)
      return jails.map(({ name }) => ({
        name,
        found: foundIn(name),
        bans: bans.get(name) ?? 0,
        active: activeIn.get(name)?.length ?? 0,
      }))
    },
  }
}

function protectionOf(tally: SourceTally | undefined): Protection {
  if (!tally) return 'unknown'
  if (tally.successes > 0) return 'phones'
  return tally.failures >= BLIND_AFTER ? 'blind' : 'unknown'
}

/** What to switch on. */
function seeing(filter: string): string {
  return `let the server log successful registrations too: docs/servers.md says how for ${filter}`
}
