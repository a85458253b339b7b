import { networkOf } from '../address.ts'
import { formatIPv4 } from '../ipv4.ts'
import type { Hit, OpenWindow } from '../types.ts'
import type { ForgottenNetworks } from './forgotten.ts'
import { HIT_WORDS, idOf } from './hits.ts'
import type { JailCounters } from './jail-counters.ts'
import type { Layout, WindowSpec } from './layout.ts'
import { IS_IPV4, kindOf, PAIR, USER } from './records.ts'
import type { Store } from './store.ts'
import type { Window } from './window.ts'

const NEVER = Number.NEGATIVE_INFINITY

/** Whose windows they are. */
interface Owner {
  readonly jail: JailCounters
  readonly stage: 1 | 2
  readonly sweep: OpenWindow['sweep']
}

/**
 * What the windows hold of an address, or of everybody (null). Looks at all records: for people, not for each line. What stands under a
 * user is told of each address among the different ones. What somebody's unban made forgotten leaves a window only with the next line, and
 * is not told.
 */
export function openWindows(
  store: Store,
  layout: Layout,
  forgotten: ForgottenNetworks,
  jails: Iterable<JailCounters>,
  ip: string | null,
): OpenWindow[] {
  const owners = ownersOf(jails)
  const network = ip === null ? '' : networkOf(ip)
  const forgottenMs = ip === null ? NEVER : forgotten.untilMs(network)
  const isOf = (place: string) =>
    ip === null || place === ip || place === network || place.startsWith(ip.includes(':') ? `[${ip}]:` : `${ip}:`)
  const found: OpenWindow[] = []
  for (const slot of store.records) {
    const tag = store.records.tag(slot)
    const kind = kindOf(tag)
    const a = store.records.a(slot)
    const key = tag & IS_IPV4 ? formatIPv4(a) : store.names.textOf(a)
    if (kind !== USER && !isOf(key)) continue
    for (const window of layout.of(tag)) {
      const owner = owners.get(window.name)
      if (owner === undefined) continue
      const untilMs = (value: string | null) => (kind !== USER ? forgottenMs : window.distinct ? forgotten.untilMs(value!) : NEVER)
      const hits = hitsIn(store, slot, window, untilMs)
      if (hits.length === 0 || (kind === USER && ip !== null && !hits.some(({ value }) => value === network || value === ip))) continue
      const { maxretry, findtimeMs } = window
      found.push({
        ...{ jail: owner.jail.plan.jail.name, stage: owner.stage, sweep: owner.sweep, maxretry, findtimeMs, hits },
        key: kind === PAIR ? `${key} ${store.names.textOf(store.records.b(slot))}` : key,
        count: window.distinct ? new Set(hits.map(({ value }) => value)).size : hits.length,
        bans: owner.jail.plan.jail.then === null && !owner.jail.plan.jail.alertonly,
        spared: ip !== null && owner.jail.isSpared(network, hits.at(-1)!.atMs),
      })
    }
  }
  return found
}

function ownersOf(jails: Iterable<JailCounters>): Map<string, Owner> {
  const owners = new Map<string, Owner>()
  const put = (spec: WindowSpec | null, owner: Owner) => spec !== null && owners.set(spec.name, owner)
  for (const jail of jails) {
    const { first, second, sweptUsers, sweptPorts } = jail.plan
    put(first, { jail, stage: 1, sweep: null })
    put(second, { jail, stage: 2, sweep: null })
    put(sweptUsers, { jail, stage: 1, sweep: 'user' })
    put(sweptPorts, { jail, stage: 1, sweep: 'port' })
  }
  return owners
}

/** Those that lie within one findtime before the newest, the oldest first. `forgottenMs`: until when those of this value no longer count. */
function hitsIn(store: Store, slot: number, { bit, findtimeMs, distinct }: Window, forgottenMs: (value: string | null) => number): Hit[] {
  const { hits, records } = store
  const start = records.block(slot)
  const counting = Array.from({ length: store.count(slot) }, (_, i) => start + i * HIT_WORDS)
    .filter((at) => hits.live(at) & (1 << bit))
    .map((at) => ({ atMs: hits.atMs(at), id: idOf(hits.stemText(at), hits.offset(at)), value: distinct ? store.valueOf(at) : null }))
    .filter(({ atMs, value }) => atMs > forgottenMs(value))
  const newestMs = Math.max(...counting.map(({ atMs }) => atMs))
  return counting.filter(({ atMs }) => atMs >= newestMs - findtimeMs)
}
