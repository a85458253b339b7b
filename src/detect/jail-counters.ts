import type { Jail } from '../config/types.ts'
import type { CounterRow, Detection, SipEvent } from '../types.ts'
import { keyOf, neighbourhoodOf, userOf } from './keys.ts'
import { type Plan, planOf } from './plan.ts'
import { Successes } from './successes.ts'
import { type Bound, ownText, Table } from './table.ts'
import { differentValues, Window } from './window.ts'

/** Until when the events of a network no longer count, epoch ms; undefined: they all do. */
type ForgottenUntil = (network: string) => number | undefined

/**
 * What one jail counts. A jail with `then:` has two stages. The first bans nobody: when it fires, it says so and arms its key for one
 * findtime. The second counts every event of the jail from the start, and may fire for those whose first-stage key is armed.
 * `unless: success` bears on the stage that bans. In a second stage it also covers the /24 of an address that had a success: where one
 * user is attacked from a thousand places, nothing else tells the user's own provider from the attackers'.
 * Known limit, until proof has its consequences: a proved failure counts in the second stage as one, like any other.
 */
export class JailCounters {
  /** Events that entered its windows. */
  found = 0
  #plan: Plan
  readonly #first: Table<Window>
  readonly #second: Table<Window>
  readonly #successes: Table<Successes>

  constructor(jail: Jail, bound: Bound) {
    this.#plan = planOf(jail)
    this.#first = new Table(jail.name, '1', bound)
    this.#second = new Table(jail.name, '2', bound)
    this.#successes = new Table(jail.name, 's', bound)
  }

  /** What is counted is kept when the new jail of this name counts the same. */
  reconfigure(jail: Jail): void {
    const plan = planOf(jail)
    if (plan.signature !== this.#plan.signature) this.clear()
    this.#plan = plan
  }

  get jail(): Jail {
    return this.#plan.jail
  }

  /** Whether an event of one of the jail's kinds enters it. */
  looksAt(event: SipEvent): boolean {
    return this.#plan.looksAt(event)
  }

  /** Appends the windows that this event fills. */
  count(event: SipEvent, network: string, forgotten: ForgottenUntil, found: Detection[]): void {
    const { jail, needsUser, first, second } = this.#plan
    const user = needsUser ? userOf(event) : null
    const key = keyOf(jail.by, network, user)
    if (key === null) return
    this.found++
    const spared = jail.unless !== null && (this.#successes.get(this.#successKey(network))?.cover(event.atMs) ?? false)

    const value = jail.distinct === null ? null : jail.distinct === 'user' ? user : network
    if (jail.distinct === null || value !== null) {
      const present = this.#first.get(key)
      if (present) this.#dropForgotten(present, 1, network, forgotten)
      const full = enter(this.#first, key, present ?? new Window(first), event, value, second !== null || !spared)
      if (full) found.push(detection(jail.name, 1, key, event, full, first.distinct))
      if (full && second) this.#arm(key, full.at(-1)!.atMs + first.findtimeMs)
    }

    const secondKey = jail.then && keyOf(jail.then.by, network, user)
    if (secondKey === null || second === null) return
    const armed = this.#first.get(key)?.isArmed(event.atMs) ?? false
    const present = this.#second.get(secondKey)
    if (present) this.#dropForgotten(present, 2, network, forgotten)
    const full = enter(this.#second, secondKey, present ?? new Window(second), event, null, armed && !spared)
    if (full) found.push(detection(jail.name, 2, secondKey, event, full, false))
  }

  /** A registration or a successful authentication from this network. */
  noteSuccess(network: string, atMs: number): void {
    const key = this.#successKey(network)
    const successes = this.#successes.get(key) ?? this.#successes.add(key, new Successes(this.#plan.successFindtimeMs))
    successes.note(atMs)
    this.#successes.touch(successes)
  }

  clear(): void {
    this.#first.clear()
    this.#second.clear()
    this.#successes.clear()
  }

  sweep(nowMs: number): void {
    this.#first.sweep(nowMs)
    this.#second.sweep(nowMs)
    this.#successes.sweep(nowMs)
  }

  drain(rows: CounterRow[]): void {
    this.#first.drain(rows, this.#plan.signature)
    this.#second.drain(rows, this.#plan.signature)
    this.#successes.drain(rows, this.#plan.signature)
  }

  /** Takes back one row. One that was counted by other rules than today's is dropped, here and from the journal. */
  restore(rowKey: string, rowData: string): void {
    const { first, second, successFindtimeMs, signature } = this.#plan
    const key = rowKey.slice(1)
    const same = rowData.startsWith(signature)
    const data = rowData.slice(signature.length)
    if (rowKey[0] === '1') this.#first.restore(key, same ? Window.decode(first, data) : null)
    else if (rowKey[0] === '2') this.#second.restore(key, same && second ? Window.decode(second, data) : null)
    else this.#successes.restore(key, same ? Successes.decode(successFindtimeMs, data) : null)
  }

  #arm(key: string, untilMs: number): void {
    const window = this.#first.get(key)!
    window.arm(untilMs)
    this.#first.touch(window)
  }

  #successKey(network: string): string {
    return this.#plan.second ? neighbourhoodOf(network) : network
  }

  /** What counts under a key with an address in it is that address's; in a `distinct: ip` jail each hit says whose it is. */
  #dropForgotten(window: Window, stage: 1 | 2, network: string, forgotten: ForgottenUntil): void {
    const { by, distinct } = this.#plan.jail
    const parts = stage === 1 ? by : this.#plan.jail.then!.by
    if (parts.includes('ip')) {
      const untilMs = forgotten(network)
      if (untilMs !== undefined) window.drop((hit) => hit.atMs <= untilMs)
    } else if (stage === 1 && distinct === 'ip') {
      window.drop((hit) => hit.atMs <= (forgotten(hit.value!) ?? Number.NEGATIVE_INFINITY))
    }
  }
}

/** The hits of the window that this event fills, null when it fills none. A window not in the table yet is put there. */
function enter(table: Table<Window>, key: string, window: Window, event: SipEvent, value: string | null, mayFire: boolean) {
  if (window.table === null) table.add(key, window)
  const place = window.insert({ atMs: event.atMs, id: event.id, value: value === null ? null : ownText(value), proved: event.proved })
  if (place < 0) return null
  const full = mayFire ? window.fire(place) : null
  if (full === null) window.settle(place)
  table.touch(window)
  return full
}

function detection(
  jail: string,
  stage: 1 | 2,
  key: string,
  event: SipEvent,
  full: NonNullable<ReturnType<Window['fire']>>,
  distinct: boolean,
): Detection {
  return {
    jail,
    stage,
    key,
    ip: event.ip!,
    atMs: full.at(-1)!.atMs,
    count: distinct ? differentValues(full) : full.length,
    hits: full.map(({ atMs, id, value }) => ({ atMs, id, value })),
    proved: full.every((hit) => hit.proved),
  }
}
