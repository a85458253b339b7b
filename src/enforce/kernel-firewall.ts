import type { Server } from 'node:net'
import { SipguardError } from '../errors.ts'
import { applyBatch } from './apply-batch.ts'
import { BATCH, ElementQueue } from './element-queue.ts'
import { releaseLock, takeLock } from './enforcer-lock.ts'
import type { Element, Firewall, FirewallOptions, Refusal } from './firewall.ts'
import { type Place, placeOf, scopeRefused } from './place.ts'
import { unavailable } from './unavailable.ts'

/** A place and how long it stays, whole seconds, at least 1; null: for ever. */
export interface TimedPlace extends Place {
  readonly seconds: number | null
}

/**
 * What a backend does in the kernel. It is called with one thing at a time, with checked and distinct places. Each method gives null,
 * or why the kernel refused the whole of it; it throws SipguardError when the kernel could not be asked.
 */
export interface Driver {
  readonly name: string
  /** Sets and rules with exactly these elements, in one step without a hole. */
  replace(places: readonly TimedPlace[]): Promise<string | null>
  /** Sets and rules; the elements that are there stay. */
  ensure(): Promise<string | null>
  add(places: readonly TimedPlace[]): Promise<string | null>
  remove(places: readonly Place[]): Promise<string | null>
  has(place: Place): Promise<boolean>
  close(): Promise<void>
}

interface Placed {
  readonly element: Element
  readonly place: Place
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

  async open(elements: readonly Element[]): Promise<void> {
    const { placed, refused } = sort(elements)
    const first = this.#lock === null
    this.#lock ??= await takeLock(this.#lockName)
    try {
      const left = await this.#queue.exclusive(() => this.#place(placed))
      this.#notice([...refused, ...left])
    } catch (error) {
      if (first) await this.close()
      throw error
    }
  }

  async add(elements: readonly Element[]): Promise<readonly Refusal[]> {
    this.#mustBeOpen()
    const { placed, refused } = sort(elements)
    return [...refused, ...refusals(await this.#queue.push('add', placed))]
  }

  async remove(elements: readonly Element[]): Promise<void> {
    this.#mustBeOpen()
    const [first, ...more] = refusals(await this.#queue.push('remove', sort(elements).placed))
    if (first === undefined) return
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    throw new SipguardError('ENFORCE_FAILED', `${this.name} could not remove ${nameOf(first.element)}${others}: ${first.reason}`)
  }

  async has(element: Element): Promise<boolean> {
    this.#mustBeOpen()
    const place = placeOf(element)
    return place !== null && this.#queue.exclusive(() => this.#driver.has(place))
  }

  async close(): Promise<void> {
    const lock = this.#lock
    this.#lock = null
    await this.#queue.exclusive(() => this.#driver.close())
    if (lock !== null) await releaseLock(lock)
  }

  #notice(refused: readonly Refusal[]): void {
    for (const { element, reason } of refused) this.#options.onNotice(`${this.name} refused ${nameOf(element)}: ${reason}`)
  }

  /** Late commands must not start a process that nobody ends. */
  #mustBeOpen(): void {
    if (this.#lock === null) throw new SipguardError('ENFORCE_FAILED', `${this.name} is not open`)
  }

  /** All at once; if the kernel refuses that, rules first and then what it takes, so that one element never costs the rest. */
  async #place(placed: readonly Placed[]): Promise<Refusal[]> {
    const reason = await this.#driver.replace(this.#timed(placed))
    if (reason === null) return []
    const bare = await this.#driver.ensure()
    if (bare !== null) throw unavailable(this.name, bare)
    this.#options.onNotice(`${this.name} refused the elements as a whole (${reason}); they are placed in parts`)
    const refused: Refusal[] = []
    for (let i = 0; i < placed.length; i += BATCH) {
      refused.push(...refusals(await applyBatch((part) => this.#add(part), placed.slice(i, i + BATCH))))
    }
    return refused
  }

  async #add(batch: readonly Placed[]): Promise<string | null> {
    const places = this.#timed(batch)
    return places.length === 0 ? null : this.#driver.add(places)
  }

  #remove(batch: readonly Placed[]): Promise<string | null> {
    return this.#driver.remove(distinct(batch.map(({ place }) => place)))
  }

  /** What is left of each ban now, at the moment of sending; the last one of each place counts. */
  #timed(batch: readonly Placed[]): TimedPlace[] {
    const nowMs = this.#options.now()
    const live = batch.filter(({ element: { untilMs } }) => untilMs === null || untilMs > nowMs)
    return distinct(
      live.map(({ element: { untilMs }, place }) => ({
        ...place,
        seconds: untilMs === null ? null : Math.ceil((untilMs - nowMs) / 1000),
      })),
    )
  }
}

function sort(elements: readonly Element[]): { placed: Placed[]; refused: Refusal[] } {
  const placed: Placed[] = []
  const refused: Refusal[] = []
  for (const element of elements) {
    const place = placeOf(element)
    if (place === null) refused.push({ element, reason: scopeRefused(element) })
    else placed.push({ element, place })
  }
  return { placed, refused }
}

function distinct<T extends Place>(places: readonly T[]): T[] {
  return [...new Map(places.map((place) => [`${place.set} ${place.key}`, place])).values()]
}

function refusals(refused: readonly { item: Placed; reason: string }[]): Refusal[] {
  return refused.map(({ item, reason }) => ({ element: item.element, reason }))
}

function nameOf(element: Element): string {
  return element.scope === 'prefix' ? String(element.prefix) : element.ip
}
