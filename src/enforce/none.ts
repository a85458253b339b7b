import type { Audit, Element, Firewall, FirewallOptions, Refusal } from './firewall.ts'
import { idOf, placesOf } from './place.ts'

/** Remembers what would be in the firewall, and never touches the machine. */
export function none(options: FirewallOptions): Firewall {
  return new NoFirewall(options)
}

class NoFirewall implements Firewall {
  readonly name = 'none'
  readonly #options: FirewallOptions
  /** Until when, epoch ms; null: for ever. */
  #untilMs = new Map<string, number | null>()
  /** Past bans are forgotten when the map has grown to this. */
  #sweepAt = 1024

  constructor(options: FirewallOptions) {
    this.#options = options
  }

  async open(elements: readonly Element[]): Promise<readonly Refusal[]> {
    elements.forEach(placesOf)
    this.#untilMs = new Map()
    return this.add(elements)
  }

  async add(elements: readonly Element[]): Promise<readonly Refusal[]> {
    const all = elements.map((element) => ({ element, keys: keysOf(element) }))
    for (const { element, keys } of all) {
      if (this.#live(element.untilMs)) for (const key of keys) this.#untilMs.set(key, element.untilMs)
    }
    this.#sweep()
    return []
  }

  async remove(elements: readonly Element[]): Promise<void> {
    for (const key of elements.flatMap(keysOf)) this.#untilMs.delete(key)
  }

  async has(element: Element): Promise<boolean> {
    return keysOf(element).every((key) => {
      const untilMs = this.#untilMs.get(key)
      return untilMs !== undefined && this.#live(untilMs)
    })
  }

  async intact(): Promise<null> {
    return null
  }

  async mend(): Promise<boolean> {
    return true
  }

  async audit(): Promise<Audit<never>> {
    return { missing: [], foreign: [] }
  }

  async packets(elements: readonly Element[]): Promise<readonly null[]> {
    return elements.map(() => null)
  }

  async close(): Promise<void> {}

  #live(untilMs: number | null): boolean {
    return untilMs === null || untilMs > this.#options.now()
  }

  #sweep(): void {
    if (this.#untilMs.size < this.#sweepAt) return
    for (const [key, untilMs] of this.#untilMs) if (!this.#live(untilMs)) this.#untilMs.delete(key)
    this.#sweepAt = Math.max(1024, 2 * this.#untilMs.size)
  }
}

function keysOf(element: Element): string[] {
  return placesOf(element).map(idOf)
}
