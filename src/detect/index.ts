import { wholeOf } from '../address.ts'
import type { Jail } from '../config/types.ts'
import type { CounterRow } from '../kept.ts'
import { COUNTED_KINDS, type Detection, EVENT_KINDS, type EventKind, type LinePlace, type SipEvent, type Standing } from '../types.ts'
import type { Detector, DetectorOptions } from './detector.ts'
import { DAY_MS, failuresSpec, failuresWindow, isFailure, noteFailure, takeFailures } from './failures.ts'
import { FORGOTTEN, Forgotten, ForgottenNetworks } from './forgotten.ts'
import { type Counting, JailCounters } from './jail-counters.ts'
import { Layout } from './layout.ts'
import { openWindows } from './open-windows.ts'
import { Pairs } from './pairs.ts'
import { planOf } from './plan.ts'
import { RecordHits } from './record-hits.ts'
import { CHUNK, RecordLog } from './record-log.ts'
import type { SharedEntry } from './shared-entry.ts'
import { Sighting } from './sighting.ts'
import { Store } from './store.ts'
import { Successes } from './successes.ts'
import { Table } from './table.ts'
import type { Window } from './window.ts'
import { Windows } from './windows.ts'

export type { Detector, DetectorOptions } from './detector.ts'
export { newestLines } from './filled.ts'
export { idOf } from './hits.ts'
export { placeOf } from './ids.ts'
export { narrowing } from './keys.ts'
export { Names } from './names.ts'
export type { SharedEntry } from './shared-entry.ts'

const NONE: readonly Detection[] = Object.freeze([])
/** First character of row keys; CHUNK and FORGOTTEN are others. */
const SUCCESSES = 's'

/** The jails that look at a kind of event. */
interface Looking {
  readonly jails: readonly JailCounters[]
  readonly wantsUser: boolean
}

/**
 * Counts events in the jails' windows. Past `maxKeys` the keys with the fewest hits go first, among those the one that was touched longest
 * ago (see Records); a key that arrives always finds room, so an attacker who keeps trying is found in any flood of others who do not.
 * An event is cheap where it concerns no jail: the jails that look at a kind are listed beforehand, and nothing is allocated.
 */
export function createDetector(jails: readonly Jail[], { maxKeys, sweep }: DetectorOptions): Detector {
  let limits = sweep
  const store = new Store(maxKeys)
  const layout = new Layout()
  const ofRecord = new RecordHits(store, layout.of)
  const windows = new Windows(store, ofRecord)
  const log = new RecordLog(store, layout, ofRecord)
  const pairs = new Pairs(store, layout, ofRecord, windows)
  const successes = new Table<Successes>(SUCCESSES, maxKeys)
  const forgotten = new ForgottenNetworks(maxKeys)
  const counting: Counting = { store, layout, windows, pairs, successes, forgotten }
  const seen = new Sighting(store.names)
  let counters = new Map<string, JailCounters>()
  let byKind = new Map<EventKind, Looking>()
  let sparing: JailCounters[] = []
  let forgetAfterMs = 0
  let failures: Window
  /** Rows to be dropped: of jails that are gone, or of an earlier version, which counted by jail. */
  const useless: CounterRow[] = []

  function configure(jails: readonly Jail[]): void {
    const plans = jails.map((jail) => planOf(jail, limits))
    const specs = plans.flatMap(({ first, second, sweptUsers, sweptPorts }) => [first, second, sweptUsers, sweptPorts])
    const before = JSON.stringify(layout.listed)
    const kept = layout.arrange([failuresSpec(jails), ...specs.filter((spec) => spec !== null)])
    failures = failuresWindow(layout)
    if (JSON.stringify(layout.listed) !== before) keepWindows(kept)
    const signatures = new Map(plans.map((plan) => [plan.signature, plan]))
    successes.drop((_, key) => signatures.get(key.split(' ')[0]!)?.jail.unless !== 'success')
    counters = new Map(plans.map((plan) => [plan.jail.name, new JailCounters(plan, counting, counters.get(plan.jail.name)?.found ?? 0)]))
    const all = [...counters.values()]
    byKind = new Map(
      EVENT_KINDS.map((kind) => {
        const looking = all.filter(({ plan }) => plan.jail.kinds.includes(kind))
        return [kind, { jails: looking, wantsUser: isFailure(kind) || looking.some(({ plan }) => plan.needsUser) }]
      }),
    )
    sparing = all.filter(({ plan }) => plan.jail.unless === 'success')
    forgetAfterMs = 3 * Math.max(DAY_MS, ...jails.map((jail) => Math.max(jail.findtimeMs, jail.then?.findtimeMs ?? 0)))
  }
  configure(jails)

  /** After windows went or came: of each record of a tag only the hits with these marks stay. */
  function keepWindows(kept: (tag: number) => number): void {
    for (const slot of store.records) {
      const marks = kept(store.records.tag(slot))
      ofRecord.keepMarks(slot, () => marks)
      if (store.count(slot) === 0) store.remove(slot)
      else if (store.records.isArmed(slot)) store.disarm(slot, marks)
    }
    log.beginAnew()
  }

  /** Whether an event may enter a window at all. */
  const counts = ({ ip, why, kind, atMs, shadow, counted }: SipEvent, { network }: Standing) =>
    ip !== null && why === null && !shadow && (counted || !COUNTED_KINDS.has(kind)) && atMs > forgotten.untilMs(network)

  return {
    observe(event: SipEvent, standing: Standing, place: LinePlace | null = null): readonly Detection[] {
      const { kind, ip, atMs } = event
      if (ip === null || event.why !== null) return NONE
      if (kind === 'registration' || kind === 'auth_success') for (const jail of sparing) jail.noteSuccess(standing.network, atMs)
      const { jails: looking, wantsUser } = byKind.get(kind)!
      if ((looking.length === 0 && !isFailure(kind)) || !counts(event, standing)) return NONE
      const found: Detection[] = []
      seen.look(event, standing, place, wantsUser)
      if (isFailure(kind)) noteFailure(counting, failures, seen)
      for (const jail of looking) if (jail.plan.looksAt(event)) jail.count(seen, found)
      seen.done()
      return found.length === 0 ? NONE : found
    },

    sharedEntries(event: SipEvent, standing: Standing): SharedEntry[] {
      if (!counts(event, standing)) return []
      const looking = byKind.get(event.kind)!.jails.filter(({ plan }) => plan.looksAt(event))
      return looking.flatMap((jail) => jail.sharedEntries(event, standing))
    },

    noteSuccess(network: string, atMs: number): void {
      for (const jail of sparing) jail.noteSuccess(network, atMs)
    },

    succeed(event: SipEvent): number {
      if (event.ip === null) return 0
      seen.look(event, { level: 'unknown', network: event.ip, own: false }, null, true)
      const count = takeFailures(counting, failures, seen)
      seen.done()
      return count
    },

    forget(ip: string, untilMs: number): void {
      const network = wholeOf(ip)
      const present = forgotten.get(network)
      if (!present || present.untilMs < untilMs) forgotten.put(network, new Forgotten(untilMs, forgetAfterMs))
    },

    reconfigure(jails, sweep) {
      limits = sweep
      configure(jails)
    },

    drain(): CounterRow[] {
      const rows: CounterRow[] = useless.splice(0)
      log.drain(rows)
      successes.drain(rows)
      forgotten.drain(rows)
      return rows
    },

    restore(rows: Iterable<CounterRow>): void {
      const chunks: CounterRow[] = []
      for (const row of rows) {
        const { jail, key, data } = row
        const rest = key.slice(1)
        const plan = [...counters.values()].find(({ plan }) => rest.startsWith(`${plan.signature} `))?.plan
        if (jail === '' && key[0] === CHUNK) chunks.push(row)
        else if (jail === '' && key[0] === FORGOTTEN) forgotten.restore(rest, new Forgotten(Number(data), forgetAfterMs))
        else if (jail === '' && key[0] === SUCCESSES && plan) successes.restore(rest, Successes.decode(plan.successFindtimeMs, data))
        else useless.push({ jail, key, data: '' })
      }
      log.restore(chunks, () => configure([...counters.values()].map(({ plan }) => plan.jail)))
    },

    sweep(nowMs: number): void {
      for (const slot of store.records) if (ofRecord.passed(slot, nowMs)) store.remove(slot)
      successes.sweep(nowMs)
      forgotten.sweep(nowMs)
    },

    openWindows: (ip) => openWindows(store, layout, forgotten, counters.values(), ip),
    forgottenUntil: (ip) => forgotten.untilMs(ip),

    found: (jail) => counters.get(jail)?.found ?? 0,

    sizes() {
      const keys = store.records.size + successes.size + forgotten.size
      return { keys, evicted: store.evicted + successes.evicted + forgotten.evicted }
    },
  }
}
