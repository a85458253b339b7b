import type { SipEvent } from '../types.ts'

/** What is seen twice is seen within this time; logs tell whole seconds, and a syslog may be late. */
const APART_MS = 10_000
/** Endpoints, of HEP and of logs each, of which unpaired events are kept. */
const MOST = 50_000
/** Unpaired events kept of one endpoint: far above what any jail needs. */
const MOST_OF_ONE = 500
/** Ports looked at for an event whose log says none. */
const MOST_PORTS = 100

/** Tells which events are seen both as HEP and in a log of the same server. */
export interface Doubles {
  /** An event from HEP: whether it is the second sight of one from a log. */
  fromHep(event: SipEvent): boolean
  /** An event from a log: whether it is the second sight of one from HEP. */
  fromLog(event: SipEvent): boolean
  /** Unpaired endpoints kept. */
  readonly size: number
}

/**
 * Each event of a jail's interest from HEP is paired with at most one from the logs, of the same address (and port, where the log says
 * one), at most 10 s apart by their own times; whichever comes second is a double, not to be counted. So an address counts as often as
 * the fuller of both says, and no attack hides behind another. Failures of all kinds are one class: server and HEP may call the same one
 * differently. `request` and `auth_challenge`, which only rate jails count, are a class each. `flood` is never a double: HEP has none.
 */
export function createDoubles(): Doubles {
  const hep = new Unpaired()
  const log = new Unpaired()
  return {
    fromHep(event) {
      const key = keyOf(event)
      return key !== null && (log.take(key, event.port, event.atMs) || log.take(key, null, event.atMs) || hep.add(key, event))
    },
    fromLog(event) {
      const key = keyOf(event)
      return (
        key !== null &&
        ((event.port === null ? hep.takeAny(key, event.atMs) : hep.take(key, event.port, event.atMs)) || log.add(key, event))
      )
    },
    get size() {
      return hep.size + log.size
    },
  }
}

function keyOf({ ip, kind, counted, why }: SipEvent): string | null {
  if (ip === null || why !== null || kind === 'flood') return null
  if (kind === 'request' || kind === 'auth_challenge') return `${ip} ${kind}`
  return counted ? ip : null
}

/** Times of unpaired events by port, of one address and class. */
type Ports = Map<number | null, number[]>

/** Two generations: when the newer is full, or as old as events may be apart, the older is forgotten whole. */
class Unpaired {
  #newer = new Map<string, Ports>()
  #older = new Map<string, Ports>()
  #newerSize = 0
  #olderSize = 0
  #sinceMs = Number.NEGATIVE_INFINITY

  get size(): number {
    return this.#newerSize + this.#olderSize
  }

  /** Always false: an event that is kept is no double. */
  add(key: string, { port, atMs }: SipEvent): false {
    if (this.#newerSize >= MOST || atMs - this.#sinceMs > 2 * APART_MS) this.#turn(atMs)
    const ports: Ports = this.#newer.get(key) ?? new Map()
    this.#newer.set(key, ports)
    const times = ports.get(port)
    if (!times) {
      ports.set(port, [atMs])
      this.#newerSize++
    } else if (times.length < MOST_OF_ONE) times.push(atMs)
    return false
  }

  /** Takes the oldest that is near enough, of this very port. */
  take(key: string, port: number | null, atMs: number): boolean {
    return takeFrom(this.#older.get(key), port, atMs) || takeFrom(this.#newer.get(key), port, atMs)
  }

  takeAny(key: string, atMs: number): boolean {
    let left = MOST_PORTS
    for (const ports of [this.#older.get(key), this.#newer.get(key)]) {
      for (const port of ports?.keys() ?? []) {
        if (takeFrom(ports, port, atMs)) return true
        if (--left === 0) return false
      }
    }
    return false
  }

  #turn(atMs: number): void {
    this.#older = this.#newer
    this.#olderSize = this.#newerSize
    this.#newer = new Map()
    this.#newerSize = 0
    this.#sinceMs = atMs
  }
}

function takeFrom(ports: Ports | undefined, port: number | null, atMs: number): boolean {
  const times = ports?.get(port)
  if (!ports || !times) return false
  const fresh = times.findIndex((other) => other >= atMs - APART_MS)
  // What is too old for this event is too old for all that come after it.
  times.splice(0, fresh < 0 ? times.length : fresh)
  const isNear = times.length > 0 && times[0]! <= atMs + APART_MS
  if (isNear) times.shift()
  if (times.length === 0) ports.delete(port)
  return isNear
}
