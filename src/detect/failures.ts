import type { Jail } from '../config/types.ts'
import type { EventKind } from '../types.ts'
import type { Counting } from './jail-counters.ts'
import type { Layout, WindowSpec } from './layout.ts'
import { PAIR } from './records.ts'
import type { Sighting } from './sighting.ts'
import type { Window } from './window.ts'

/** How far back a success asks. */
export const DAY_MS = 864e5
const NAME = 'failures'
/** Failures of a user that are told apart from more, where no jail asks for as many. */
const FEWEST_TOLD = 16

/** The window of each user's failures at each address: it never fires, and is asked when he succeeds there. */
export function failuresSpec(jails: readonly Jail[]): WindowSpec {
  const counting = jails.filter(({ kinds, by }) => by.includes('ip') && kinds.some(isFailure))
  const maxretry = Math.max(FEWEST_TOLD, ...counting.map((jail) => jail.maxretry))
  return { name: NAME, kind: PAIR, maxretry, findtimeMs: DAY_MS, distinct: false, waits: true }
}

export const failuresWindow = (layout: Layout): Window => layout.named(NAME)!

export const isFailure = (kind: EventKind): boolean => kind === 'failed_registration' || kind === 'failed_auth'

export function noteFailure({ pairs, windows }: Counting, window: Window, seen: Sighting): void {
  if (seen.user === 0) return
  const slot = pairs.open(window, seen.address, seen, false)
  if (slot === 0) return
  seen.countFor(PAIR)
  windows.enter(slot, window, seen, false, false)
}

/** How many failures this success's user had at its address in the day before. They are forgotten with it. */
export function takeFailures({ pairs, forgotten }: Counting, window: Window, seen: Sighting): number {
  if (seen.user === 0) return 0
  const fromMs = Math.max(seen.atMs - DAY_MS, forgotten.untilMs(seen.address.text) + 1)
  return pairs.take(window, seen.address, seen, fromMs, seen.atMs)
}
