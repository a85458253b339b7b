import { networkOf } from '../address.ts'
import type { Jail } from '../config/types.ts'
import { COUNTED_KINDS, type CounterRow, type Detection, EVENT_KINDS, type EventKind, type SipEvent } from '../types.ts'
import type { Detector, DetectorOptions } from './detector.ts'
import { Forgotten } from './forgotten.ts'
import { JailCounters } from './jail-counters.ts'
import { Ranks } from './ranks.ts'
import { type Bound, Table } from './table.ts'

export type { Detector, DetectorOptions } from './detector.ts'
export { narrowing } from './keys.ts'

const NONE: readonly Detection[] = Object.freeze([])
/** Rows of no jail: the forgotten addresses. */
const NO_JAIL = ''

/**
 * Counts events in the jails' windows. Past `maxKeys` the keys with the fewest hits go first, among those the one that was touched longest
 * ago (see Ranks); a key that arrives always finds room, so an attacker who keeps trying is found in any flood of others who do not.
 * An event is cheap where it concerns no jail: the jails that look at a kind are listed beforehand, and nothing is allocated.
 */
export function createDetector(jails: readonly Jail[], options: DetectorOptions): Detector {
  const bound: Bound = { ranks: new Ranks(), maxKeys: options.maxKeys, evicted: 0 }
  const forgotten = new Table<Forgotten>(NO_JAIL, 'f', bound)
  const forgottenUntil = (network: string) => (forgotten.size === 0 ? undefined : forgotten.get(network)?.untilMs)
  let counters = new Map<string, JailCounters>()
  /** Jails that are gone, until the journal has heard of it. */
  let leaving = new Map<string, JailCounters>()
  let byKind = new Map<EventKind, JailCounters[]>()
  let sparing: JailCounters[] = []
  let forgetAfterMs = 0

  function configure(jails: readonly Jail[]): void {
    const known = new Map([...leaving, ...counters])
    counters = new Map()
    for (const jail of jails) {
      const present = known.get(jail.name)
      known.delete(jail.name)
      present?.reconfigure(jail)
      counters.set(jail.name, present ?? new JailCounters(jail, bound))
    }
    for (const gone of known.values()) gone.clear()
    leaving = known
    byKind = new Map(EVENT_KINDS.map((kind) => [kind, [...counters.values()].filter(({ jail }) => jail.kinds.includes(kind))]))
    sparing = [...counters.values()].filter(({ jail }) => jail.unless === 'success')
    forgetAfterMs = 3 * Math.max(0, ...jails.map((jail) => Math.max(jail.findtimeMs, jail.then?.findtimeMs ?? 0)))
  }
  configure(jails)

  return {
    observe(event: SipEvent): readonly Detection[] {
      const { kind, ip } = event
      if (ip === null || event.why !== null) return NONE
      if (sparing.length > 0 && (kind === 'registration' || kind === 'auth_success')) {
        const network = networkOf(ip)
        for (const jail of sparing) jail.noteSuccess(network, event.atMs)
      }
      const looking = byKind.get(kind)
      if (!looking || event.shadow || (!event.counted && COUNTED_KINDS.has(kind))) return NONE

      let network: string | null = null
      let found: Detection[] | null = null
      for (const jail of looking) {
        if (!jail.looksAt(event)) continue
        if (network === null) {
          network = networkOf(ip)
          const untilMs = forgottenUntil(network)
          if (untilMs !== undefined && event.atMs <= untilMs) return NONE
          found = []
        }
        jail.count(event, network, forgottenUntil, found!)
      }
      return found === null || found.length === 0 ? NONE : found
    },

    forget(ip: string, untilMs: number): void {
      const network = ip.includes('/') ? ip : networkOf(ip)
      const present = forgotten.get(network)
      if (present && present.untilMs >= untilMs) return
      if (present) forgotten.delete(present)
      forgotten.touch(forgotten.add(network, new Forgotten(untilMs, forgetAfterMs)))
    },

    reconfigure: configure,

    drain(): CounterRow[] {
      const rows: CounterRow[] = []
      for (const jail of leaving.values()) jail.drain(rows)
      leaving.clear()
      for (const jail of counters.values()) jail.drain(rows)
      forgotten.drain(rows)
      return rows
    },

    restore(rows: Iterable<CounterRow>): void {
      for (const { jail, key, data } of rows) {
        if (jail === NO_JAIL) forgotten.restore(key.slice(1), new Forgotten(Number(data), forgetAfterMs))
        else counters.get(jail)?.restore(key, data)
      }
      bound.ranks.reorder()
    },

    sweep(nowMs: number): void {
      for (const jail of counters.values()) jail.sweep(nowMs)
      forgotten.sweep(nowMs)
    },

    found: (jail) => counters.get(jail)?.found ?? 0,

    sizes() {
      return { keys: bound.ranks.size, evicted: bound.evicted }
    },
  }
}
