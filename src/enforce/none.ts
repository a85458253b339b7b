import type { Element, Firewall, FirewallOptions, Refusal } from './firewall.ts'
import { placeOf, scopeRefused } from './place.ts'

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

  async open(elements: readonly Element[]): Promise<void> {
    for (const element of elements) placeOf(element)
    this.#untilMs = new Map()
    for (const { element, reason } of await this.add(elements)) this.#options.onNotice(`none refused ${element.ip}: ${reason}`)
  }

  async add(elements: readonly Element[]): Promise<readonly Refusal[]> {
    const keys = elements.map((element) => ({ element, key: keyOf(element) }))
    const refused: Refusal[] = []
    for (const { element, key } of keys) {
      if (key === null) refused.push({ element, reason: scopeRefused(element) })
      else if (this.#live(element.untilMs)) this.#untilMs.set(key, element.untilMs)
    }
    this.#sweep()
    return refused
  }

  async remove(elements: readonly Element[]): Promise<void> {
    for (const key of elements.map(keyOf)) if (key !== null) this.#untilMs.delete(key)
  }

  async has(element: Element): Promise<boolean> {
    const key = keyOf(element)
    const untilMs = key === null ? undefined : this.#untilMs.get(key)
    return untilMs !== undefined && this.#live(untilMs)
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

function keyOf(element: Element): string | null {
  const place = placeOf(element)
  return place === null ? null : `${place.set} ${place.key}`
}
