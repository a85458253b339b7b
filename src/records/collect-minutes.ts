import type { AttemptEntry } from './types.ts'

/** Attempts of all addresses that are recorded in full within a minute. */
const MOST_FULL = 30_000
/** Addresses that are told apart within a minute. */
const MOST_ADDRESSES = 20_000
/** Minutes that are remembered: sources may lag behind each other, and an old log is read from its start. */
const MOST_MINUTES = 8
const MINUTE_MS = 60_000

type Kind = AttemptEntry['kind']
/** A row that grows. */
export type Counted = { -readonly [Key in keyof AttemptEntry]: AttemptEntry[Key] }

interface Minute {
  readonly number: number
  /** How many of all addresses were recorded in full. */
  full: number
  /** By address; the empty one stands for none, and for all that are not told apart. */
  readonly addresses: Map<string, { full: number; readonly counted: Map<Kind, Counted> }>
}

/**
 * Which attempts are recorded in full, and which only counted: by address and minute of their own time. The first `perMinute` are recorded in
 * full, the rest is one row for each kind. So a minute makes at most 30,000 rows in full, and 6 counted ones for each of 20,000 addresses
 * and for all others together.
 */
export function createMinutes(perMinute: number, run: string) {
  let limit = perMinute
  let rows = 0
  /** The one that was used last stands last: `newest`. */
  const minutes = new Map<number, Minute>()

  let newest: Minute | null = null

  function minuteOf(number: number): Minute {
    if (newest?.number === number) return newest
    newest = minutes.get(number) ?? { number, full: 0, addresses: new Map() }
    minutes.delete(number)
    minutes.set(number, newest)
    // One that is forgotten and comes again begins anew, with rows of its own: what was counted stays counted.
    if (minutes.size > MOST_MINUTES) minutes.delete(minutes.keys().next().value!)
    return newest
  }

  return {
    /** The row that this attempt is counted in, with it; null: it is to be recorded in full. */
    count(kind: Kind, ip: string | null, atMs: number): Counted | null {
      const minute = minuteOf(Math.floor(atMs / MINUTE_MS))
      const toldApart = ip === null || minute.addresses.has(ip) || minute.addresses.size < MOST_ADDRESSES
      const key = toldApart ? (ip ?? '') : ''
      let address = minute.addresses.get(key)
      if (address === undefined) {
        address = { full: 0, counted: new Map() }
        minute.addresses.set(key, address)
      }
      if (toldApart && address.full < limit && minute.full < MOST_FULL) {
        address.full++
        minute.full++
        return null
      }
      let row = address.counted.get(kind)
      if (row === undefined) {
        row = countedRow(`${run}:${++rows}`, kind, toldApart ? ip : null, atMs)
        address.counted.set(kind, row)
      }
      row.attempts++
      row.atMs = Math.max(row.atMs, atMs)
      return row
    },
    reconfigure(perMinute: number): void {
      limit = perMinute
    },
  }
}

function countedRow(id: string, kind: Kind, ip: string | null, atMs: number): Counted {
  return {
    ...{ type: 'attempt', id, kind, atMs, ip, port: null, transport: null, user: null, domain: null, userAgent: null },
    ...{ method: null, code: null, reason: null, expires: null, requestUri: null, attempts: 0 },
  }
}
