import { wholeOf } from '../address.ts'
import type { Detection, SipEvent, Standing } from '../types.ts'
import { Filled } from './filled.ts'
import type { ForgottenNetworks } from './forgotten.ts'
import type { FullWindow } from './full-window.ts'
import { keyOf, neighbourhoodOf } from './keys.ts'
import type { Layout } from './layout.ts'
import type { Pairs } from './pairs.ts'
import type { Plan } from './plan.ts'
import { PAIR, PLACE, SWEPT_PORTS, USER } from './records.ts'
import { type SharedEntry, sharedEntry, sharedSweep } from './shared-entry.ts'
import { findRecord, isSwept, openRecord, type Sighting } from './sighting.ts'
import type { Store } from './store.ts'
import { Successes } from './successes.ts'
import type { Table } from './table.ts'
import type { Window } from './window.ts'
import type { Windows } from './windows.ts'

/** What all jails share. */
export interface Counting {
  readonly store: Store
  readonly windows: Windows
  readonly layout: Layout
  readonly pairs: Pairs
  /** By signature of the jail's plan, and network. */
  readonly successes: Table<Successes>
  readonly forgotten: ForgottenNetworks
}

/**
 * What one jail counts. A jail with `then:` has two stages. The first bans nobody: when it fires, it says so and arms its key for one
 * findtime. The second counts every event of the jail from the start, and may fire for those whose first-stage key is armed: a proved
 * event there at once, by itself. `unless: success` bears on the stage that bans. In a second stage it also covers the /24 of an address
 * that had a success: where one user is attacked from a thousand places, nothing else tells the user's own provider from the attackers'.
 */
export class JailCounters {
  readonly plan: Plan
  /** Events that entered its windows. */
  found: number
  readonly #counting: Counting
  readonly #first: Window
  readonly #second: Window | null
  readonly #sweptUsers: Window | null
  readonly #sweptPorts: Window | null

  /** The plan's windows are in the layout. */
  constructor(plan: Plan, counting: Counting, found: number) {
    const named = (spec: { name: string } | null) => (spec === null ? null : counting.layout.named(spec.name)!)
    this.plan = plan
    this.found = found
    this.#counting = counting
    this.#first = named(plan.first)!
    this.#second = named(plan.second)
    this.#sweptUsers = named(plan.sweptUsers)
    this.#sweptPorts = named(plan.sweptPorts)
  }

  /** Appends the windows that this event fills. */
  count(seen: Sighting, found: Detection[]): void {
    const { jail, first } = this.plan
    if (first.kind !== PLACE && seen.user === 0) return
    this.found++
    const spared = this.isSpared(seen.network.text, seen.atMs)

    if (jail.distinct !== 'user' || seen.user !== 0) this.#countFirst(seen, spared, found)
    if (seen.isSwept) this.#countSweep(seen, spared, found)
    if (this.#second !== null) this.#countSecond(this.#second, seen, spared, found)
  }

  /** How the event enters the jail's windows. */
  sharedEntries(event: SipEvent, standing: Standing): SharedEntry[] {
    const { jail, signature, sweptUsers, sweptPorts } = this.plan
    const spared = this.isSpared(standing.network, event.atMs)
    const entries = [sharedEntry(event, standing, jail, signature, spared)]
    if (sweptUsers !== null && sweptPorts !== null && isSwept(event, standing)) {
      entries.push(sharedSweep(event, standing, jail, sweptUsers, 'user', spared))
      entries.push(sharedSweep(event, standing, jail, sweptPorts, 'port', spared))
    }
    return entries.filter((entry) => entry !== null)
  }

  /** A registration or a successful authentication from this network. */
  noteSuccess(network: string, atMs: number): void {
    const key = this.#successKey(network)
    const successes = this.#counting.successes.get(key) ?? new Successes(this.plan.successFindtimeMs)
    successes.note(atMs)
    this.#counting.successes.put(key, successes)
  }

  #countFirst(seen: Sighting, spared: boolean, found: Detection[]): void {
    const { by } = this.plan.jail
    const slot = this.#open(this.#first, seen, false)
    if (slot === 0) return
    if (this.#counting.forgotten.size > 0) this.#dropForgotten(slot, this.#first, seen)
    const full = this.#enter(slot, this.#first, seen, this.#second !== null || !spared, false)
    if (full === null) return
    const scope = this.#first.kind !== USER && seen.place !== seen.network ? 'endpoint' : 'address'
    found.push(new Filled(this.plan.jail.name, 1, keyOf(by, seen.place.text, seen.userText)!, scope, null, seen, full))
    if (this.#second === null) return
    this.#counting.store.arm(slot, this.#first.bit, full.atMs + this.#first.findtimeMs)
    this.#counting.store.touch(slot)
  }

  #countSecond(window: Window, seen: Sighting, spared: boolean, found: Detection[]): void {
    const { store } = this.#counting
    const { by } = this.plan.jail.then!
    if (window.kind !== PLACE && seen.user === 0) return
    const firstSlot = findRecord(store, this.#first, seen.place, seen)
    const armed = store.isArmed(firstSlot, this.#first.bit, seen.atMs)
    const slot = this.#open(window, seen, armed && !spared && seen.proved)
    if (slot === 0) return
    if (this.#counting.forgotten.size > 0) this.#dropForgotten(slot, window, seen)
    const full = this.#enter(slot, window, seen, armed && !spared, seen.proved)
    if (full === null) return
    const scope = window.kind !== USER && seen.place !== seen.network ? 'endpoint' : 'address'
    found.push(new Filled(this.plan.jail.name, 2, keyOf(by, seen.place.text, seen.userText)!, scope, null, seen, full))
  }

  #countSweep(seen: Sighting, spared: boolean, found: Detection[]): void {
    for (const window of [this.#sweptUsers, this.#sweptPorts]) {
      if (window === null || (window.kind === SWEPT_PORTS ? seen.place === seen.network : seen.user === 0)) continue
      const { address } = seen
      const slot = openRecord(this.#counting.store, window, address, seen)
      if (this.#counting.forgotten.size > 0) this.#dropForgotten(slot, window, seen)
      const full = this.#enter(slot, window, seen, !spared, false)
      const sweep = window.kind === SWEPT_PORTS ? 'port' : 'user'
      if (full !== null) found.push(new Filled(this.plan.jail.name, 1, address.text, 'address', sweep, seen, full))
    }
  }

  /** 0: the event is kept elsewhere, and fills nothing. */
  #open(window: Window, seen: Sighting, firesAlone: boolean): number {
    const { store, pairs } = this.#counting
    return window.kind === PAIR ? pairs.open(window, seen.place, seen, firesAlone) : openRecord(store, window, seen.place, seen)
  }

  #enter(slot: number, window: Window, seen: Sighting, mayFire: boolean, alone: boolean): FullWindow | null {
    seen.countFor(window.kind)
    return this.#counting.windows.enter(slot, window, seen, mayFire, alone)
  }

  /** Whether the jail lets this network alone, for it had a success. */
  isSpared(network: string, atMs: number): boolean {
    const { successes } = this.#counting
    return this.plan.jail.unless !== null && successes.size > 0 && (successes.get(this.#successKey(network))?.cover(atMs) ?? false)
  }

  /** Of an IPv6 address the /64, whatever its failures are counted under. */
  #successKey(network: string): string {
    const whole = wholeOf(network)
    return `${this.plan.signature} ${this.#second === null ? whole : neighbourhoodOf(whole)}`
  }

  /** What counts under a key with an address in it is that address's; in a `distinct: ip` jail each hit says whose it is. */
  #dropForgotten(slot: number, window: Window, seen: Sighting): void {
    const { windows, store } = this.#counting
    if (window.kind !== USER) {
      const untilMs = this.#counting.forgotten.untilMs(seen.network.text)
      windows.drop(slot, window, (at) => store.hits.atMs(at) <= untilMs)
    } else if (window.distinct) {
      windows.drop(slot, window, (at) => store.hits.atMs(at) <= this.#counting.forgotten.untilMs(store.valueOf(at)!))
    }
  }
}
