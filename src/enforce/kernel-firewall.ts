import type { Server } from 'node:net'
import { SipguardError } from '../errors.ts'
import { applyBatch } from './apply-batch.ts'
import { compare } from './audit.ts'
import { BATCH, ElementQueue } from './element-queue.ts'
import { releaseLock, takeLock } from './enforcer-lock.ts'
import type { Audit, Element, Firewall, FirewallOptions, Refusal } from './firewall.ts'
import { idOf, type Listed, nameOf, type Place, placesOf, type TimedPlace } from './place.ts'
import { unavailable } from './unavailable.ts'

/**
 * What a backend does in the kernel. It is called with one thing at a time (but for list), with checked and distinct places. Each method
 * gives null, or why the kernel refused the whole of it; it throws SipguardError when the kernel could not be asked.
 */
export interface Driver {
  readonly name: string
  /** Sets and rules with exactly these elements, in one step without a hole. */
  replace(places: readonly TimedPlace[]): Promise<string | null>
  /** Sets and rules; the elements that are there stay. */
  ensure(): Promise<string | null>
  /** Puts the sentinels into the sets, by which `intact` sees that they were not emptied; replace does so too, ensure does not. */
  mark(): Promise<string | null>
  /** Null, or which of sets, rules and elements are missing. */
  intact(): Promise<string | null>
  add(places: readonly TimedPlace[]): Promise<string | null>
  remove(places: readonly Place[]): Promise<string | null>
  has(place: Place): Promise<boolean>
  /** Every element of ours; may run beside the others. */
  list(onElement: (listed: Listed) => void): Promise<void>
  close(): Promise<void>
}

interface Placed {
  readonly element: Element
  readonly places: readonly Place[]
}

/** A firewall over a driver: the lock, the order, the checks and the batches that all kernel backends share. */
export class KernelFirewall implements Firewall {
  readonly name: string
  readonly #driver: Driver
  readonly #options: FirewallOptions
  readonly #lockName: string
  readonly #queue: ElementQueue<Placed>
  #lock: Server | null = null

  constructor(driver: Driver, options: FirewallOptions, lockName: string) {
    this.name = driver.name
    this.#driver = driver
    this.#options = options
    this.#lockName = lockName
    this.#queue = new ElementQueue<Placed>({ add: (batch) => this.#add(batch), remove: (batch) => this.#remove(batch) })
  }

  async open(elements: readonly Element[]): Promise<readonly Refusal[]> {
    const all = elements.map(placed)
    const first = this.#lock === null
    this.#lock ??= await takeLock(this.#lockName)
    try {
      return await this.#queue.exclusive(() => this.#place(all))
    } catch (error) {
      if (first) await this.close()
      throw error
    }
  }

  async add(elements: readonly Element[]): Promise<readonly Refusal[]> {
    this.#mustBeOpen()
    return refusals(await this.#queue.push('add', elements.map(placed)))
  }

  async remove(elements: readonly Element[]): Promise<void> {
    this.#mustBeOpen()
    const [first, ...more] = refusals(await this.#queue.push('remove', elements.map(placed)))
    if (first === undefined) return
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    throw new SipguardError('ENFORCE_FAILED', `${this.name} could not remove ${nameOf(first.element)}${others}: ${first.reason}`)
  }

  async has(element: Element): Promise<boolean> {
    this.#mustBeOpen()
    const places = placesOf(element)
    return this.#queue.exclusive(async () => {
      for (const place of places) if (!(await this.#driver.has(place))) return false
      return true
    })
  }

  async intact(): Promise<string | null> {
    this.#mustBeOpen()
    return this.#queue.exclusive(() => this.#driver.intact())
  }

  async mend(): Promise<boolean> {
    this.#mustBeOpen()
    return this.#queue.exclusive(async () => {
      const reason = await this.#driver.ensure()
      // Something else under our names stands in the way: open() replaces it.
      return reason === null && (await this.#driver.intact()) === null
    })
  }

  async audit<E extends Element>(expected: () => readonly E[]): Promise<Audit<E>> {
    this.#mustBeOpen()
    const list = (onElement: (listed: Listed) => void) => this.#driver.list(onElement)
    const { missing, foreign } = await compare(expected, list, this.#options.now)
    if (foreign.length > 0) await this.#queue.exclusive(() => this.#removeForeign(foreign))
    return { missing, foreign: foreign.map(({ key }) => key) }
  }

  async packets(elements: readonly Element[]): Promise<readonly (number | null)[]> {
    this.#mustBeOpen()
    const counts = new Map<string, number | null>(elements.flatMap(placesOf).map((place) => [idOf(place), null]))
    if (counts.size === 0) return []
    await this.#driver.list((listed) => {
      const id = idOf(listed)
      if (counts.has(id)) counts.set(id, listed.packets)
    })
    return elements.map((element) => sum(placesOf(element).map((place) => counts.get(idOf(place)) ?? null)))
  }

  async close(): Promise<void> {
    const lock = this.#lock
    this.#lock = null
    await this.#queue.exclusive(() => this.#driver.close())
    if (lock !== null) await releaseLock(lock)
  }

  /** Late commands must not start a process that nobody ends. */
  #mustBeOpen(): void {
    if (this.#lock === null) throw new SipguardError('ENFORCE_FAILED', `${this.name} is not open`)
  }

  /** All at once; if the kernel refuses that, rules first and then what it takes, so that one element never costs the rest. */
  async #place(all: readonly Placed[]): Promise<Refusal[]> {
    const reason = await this.#driver.replace(this.#timed(all))
    if (reason === null) return []
    const bare = (await this.#driver.ensure()) ?? (await this.#driver.mark())
    if (bare !== null) throw unavailable(this.name, bare)
    this.#options.onNotice(`${this.name} refused the elements as a whole (${reason}); they are placed in parts`)
    const refused: Refusal[] = []
    for (let i = 0; i < all.length; i += BATCH) {
      refused.push(...refusals(await applyBatch((part) => this.#add(part), all.slice(i, i + BATCH))))
    }
    return refused
  }

  async #add(batch: readonly Placed[]): Promise<string | null> {
    const places = this.#timed(batch)
    return places.length === 0 ? null : this.#driver.add(places)
  }

  #remove(batch: readonly Placed[]): Promise<string | null> {
    return this.#driver.remove(distinct(batch.flatMap(({ places }) => places)))
  }

  async #removeForeign(places: readonly Place[]): Promise<void> {
    for (let i = 0; i < places.length; i += BATCH) {
      const refused = await applyBatch((part) => this.#driver.remove(part), places.slice(i, i + BATCH))
      for (const { item, reason } of refused) this.#options.onNotice(`${this.name} could not remove ${item.key}: ${reason}`)
    }
  }

  /** What is left of each ban now, at the moment of sending; the last one of each place counts. */
  #timed(batch: readonly Placed[]): TimedPlace[] {
    const nowMs = this.#options.now()
    const timed = new Map<string, TimedPlace>()
    for (const { element, places } of batch) {
      const { untilMs } = element
      if (untilMs !== null && untilMs <= nowMs) continue
      const seconds = untilMs === null ? null : Math.ceil((untilMs - nowMs) / 1000)
      for (const place of places) timed.set(idOf(place), { set: place.set, key: place.key, seconds })
    }
    return [...timed.values()]
  }
}

function placed(element: Element): Placed {
  return { element, places: placesOf(element) }
}

function distinct<T extends Place>(places: readonly T[]): T[] {
  return [...new Map(places.map((place) => [idOf(place), place])).values()]
}

function refusals(refused: readonly { item: Placed; reason: string }[]): Refusal[] {
  return refused.map(({ item, reason }) => ({ element: item.element, reason }))
}

/** Of what is known; null when nothing is. */
function sum(counts: readonly (number | null)[]): number | null {
  return counts.reduce((total, count) => (count === null ? total : (total ?? 0) + count), null)
}
