import type { RecentAddresses } from '../explain/recent-addresses.ts'
import { EVENT_KINDS, type EventKind, type SipEvent } from '../types.ts'
import { isShortUser, userOf } from '../user-name.ts'
import { createHeavyHitters, type HeavyHitters, type Hitter } from './heavy-hitters.ts'
import { createRecentHits } from './recent-hits.ts'

const MINUTE_MS = 6e4
/** What is held: a day. */
const MOST_MINUTES = 1440
const MINUTES_AN_HOUR = 60
/** Users, and addresses that are not among the recent ones any more, that are told apart within an hour, at the least. */
const KEEP = 500

type Counted = EventKind | 'ban'

interface Hour {
  readonly attackers: HeavyHitters
  readonly targets: HeavyHitters
}

export interface ActivityCounts {
  /** Start of the first minute, epoch ms. */
  readonly fromMs: number
  /** One number a minute, oldest first, the last one of the minute that is not over. */
  readonly kinds: ReadonlyMap<EventKind, readonly number[]>
  readonly bans: readonly number[]
  /** By counted events, most first; of whole hours. */
  readonly attackers: readonly (readonly [ip: string, Hitter])[]
  readonly targets: readonly (readonly [user: string, Hitter])[]
}

export type Activity = ReturnType<typeof createActivity>

/** What has happened within the last day, by the time of receipt; a clock that goes back stands still. Nothing is held before the first event. */
export function createActivity(addresses: RecentAddresses) {
  /** By minute modulo a day. */
  const counts = new Map<Counted, Uint32Array>()
  const hours = new Map<number, Hour>()
  let minute = 0
  let minuteEndsMs = 0
  let hour: Hour | null = null
  /** Attackers of this hour; the hour itself knows those that went. Where it is over, it knows all. */
  const recent = createRecentHits(addresses, (ip, { count, lastMs }) => hourNow().attackers.note(ip, null, lastMs, count))

  /** Forgets what is a day old. */
  function moveOn(atMs: number): void {
    const next = Math.floor(atMs / MINUTE_MS)
    for (const minutes of counts.values()) {
      if (next - minute >= MOST_MINUTES) minutes.fill(0)
      else for (let passed = minute + 1; passed <= next; passed++) minutes[passed % MOST_MINUTES] = 0
    }
    if (hourOf(next) !== hourOf(minute)) recent.takeAll()
    minute = next
    minuteEndsMs = (minute + 1) * MINUTE_MS
    for (const known of hours.keys()) if (known < hourOf(minute - MOST_MINUTES + 1)) hours.delete(known)
    hour = hours.get(hourOf(minute)) ?? null
  }

  function hourNow(): Hour {
    if (hour === null) {
      hour = { attackers: createHeavyHitters(KEEP), targets: createHeavyHitters(KEEP) }
      hours.set(hourOf(minute), hour)
    }
    return hour
  }

  function count(what: Counted): void {
    const minutes = counts.get(what) ?? new Uint32Array(MOST_MINUTES)
    if (minutes[minute % MOST_MINUTES]!++ === 0) counts.set(what, minutes)
  }

  return {
    event(event: SipEvent, receivedAtMs: number): void {
      if (receivedAtMs >= minuteEndsMs) moveOn(receivedAtMs)
      count(event.kind)
      if (!event.counted || event.ip === null) return
      const { targets } = hourNow()
      const atMs = Math.max(receivedAtMs, minute * MINUTE_MS)
      recent.note(event.ip, atMs)
      const { user, domain } = event
      if (!user) return
      if (isShortUser(user, domain)) targets.note(user, domain || null, atMs)
      else targets.note(userOf(event)!, null, atMs)
    },
    ban(atMs: number): void {
      if (atMs >= minuteEndsMs) moveOn(atMs)
      count('ban')
    },
    /** The newest minutes. Attackers and targets are of all hours that these touch, but for who did not come within them. */
    read(minutes: number, most: number, nowMs: number): ActivityCounts {
      if (nowMs >= minuteEndsMs) moveOn(nowMs)
      const first = minute - minutes + 1
      const series = (what: Counted): number[] => {
        const held = counts.get(what)
        return Array.from({ length: minutes }, (_, i) => held?.[(first + i) % MOST_MINUTES] ?? 0)
      }
      const fromMs = first * MINUTE_MS
      const touched = [...hours].flatMap(([number, each]) => (number >= hourOf(first) ? [each] : []))
      const attackers = [...touched.map((each) => each.attackers), recent]
      const targets = touched.map((each) => each.targets)
      return {
        fromMs,
        kinds: new Map(EVENT_KINDS.map((kind) => [kind, series(kind)] as const).filter(([, each]) => each.some(Boolean))),
        bans: series('ban'),
        attackers: topOf(attackers, fromMs, most),
        targets: topOf(targets, fromMs, most),
      }
    },
  }
}

const hourOf = (minute: number): number => Math.floor(minute / MINUTES_AN_HOUR)

/** Who came most often, of those who came since; oldest hour first. */
function topOf(hours: readonly Pick<HeavyHitters, 'read'>[], sinceMs: number, most: number): [string, Hitter][] {
  const sums = new Map<string, Hitter>()
  for (const hitters of hours) {
    for (const [key, { count, lastMs }] of hitters.read()) sums.set(key, { count: count + (sums.get(key)?.count ?? 0), lastMs })
  }
  return [...sums]
    .filter(([, { lastMs }]) => lastMs >= sinceMs)
    .sort(([, a], [, b]) => b.count - a.count || b.lastMs - a.lastMs)
    .slice(0, most)
}
