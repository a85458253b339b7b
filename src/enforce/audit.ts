import { setImmediate as turn } from 'node:timers/promises'
import type { Audit, Element } from './firewall.ts'
import { idOf, type Listed, type Place, placesOf } from './place.ts'

/** The kernel's clock and ours may differ by this much before an element that is about to end is missed. */
const ENDING_MS = 5000
/** Elements looked at before others get their turn. */
const SLICE = 2000

/** What differs, before anything is done about it. */
interface Difference<E> extends Pick<Audit<E>, 'missing'> {
  readonly foreign: readonly Place[]
}

/**
 * Compares what the kernel listed with what should be there, which goes on changing meanwhile: what differs from `expected()` of before
 * the list is looked at once more against that of after it, in the same turn in which this resolves.
 */
export async function compare<E extends Element>(
  expected: () => readonly E[],
  list: (onElement: (listed: Listed) => void) => Promise<void>,
  now: () => number,
): Promise<Difference<E>> {
  const before = new Map<string, E>()
  for (const [i, element] of expected().entries()) {
    if (i % SLICE === SLICE - 1) await turn()
    for (const place of placesOf(element)) before.set(idOf(place), element)
  }
  const foreign = new Map<string, Place>()
  await list((listed) => {
    const id = idOf(listed)
    if (!before.delete(id)) foreign.set(id, listed)
  })
  if (before.size === 0 && foreign.size === 0) return { missing: [], foreign: [] }
  const soon = now() + ENDING_MS
  const missing = new Set<E>()
  for (const element of expected()) {
    for (const id of placesOf(element).map(idOf)) {
      foreign.delete(id)
      if (before.has(id) && (element.untilMs === null || element.untilMs > soon)) missing.add(element)
    }
  }
  return { missing: [...missing], foreign: [...foreign.values()] }
}
