import { wholeOf } from '../../src/address.ts'
import type { Counting, Full } from '../../src/fleet/counts.ts'
import { slotOf } from '../../src/fleet/counts-keys.ts'
import { PlainWindow } from './plain-window.ts'

/** Shared counts in this process, of plain windows: what Redis has to agree with. */
export class ReferenceCounts {
  readonly #windows = new Map<string, PlainWindow>()
  readonly #forgotten = new Map<string, number>()

  count<C extends Counting>(countings: readonly C[]): Promise<Full<C>[]> {
    return Promise.resolve(countings.flatMap((counting) => this.#count(counting)))
  }

  forget(network: string, untilMs: number): Promise<void> {
    const whole = wholeOf(network)
    this.#forgotten.set(whole, Math.max(untilMs, this.#until(whole)))
    return Promise.resolve()
  }

  close(): void {}

  #until(network: string): number {
    return this.#forgotten.get(wholeOf(network)) ?? -1
  }

  #count<C extends Counting>(counting: C): Full<C>[] {
    const { jail, signature, network, key, value, mayFire, second, atMs, id, proved } = counting
    const fulls: Full<C>[] = []
    if (slotOf(jail) === 'network' && atMs <= this.#until(network)) return fulls
    const at = (stage: 1 | 2, key: string) => JSON.stringify([jail.name, signature, stage, key])
    const rule = { maxretry: jail.maxretry, findtimeMs: jail.findtimeMs, distinct: jail.distinct !== null }
    const first = this.#windows.get(at(1, key)) ?? new PlainWindow(rule)
    if (jail.distinct === null || value !== null) {
      this.#windows.set(at(1, key), first)
      if (jail.by.includes('ip')) first.drop((hit) => hit.atMs <= this.#until(network))
      else if (jail.distinct === 'ip') first.drop((hit) => hit.atMs <= this.#until(hit.value!))
      const hits = first.enter({ atMs, id, proved, value: jail.distinct === null ? null : value }, mayFire, false)
      if (hits) fulls.push({ counting, stage: 1, hits })
      if (hits && second) first.arm(hits.at(-1)!.atMs + jail.findtimeMs)
    }
    if (second && jail.then) {
      const window = this.#windows.get(at(2, second.key)) ?? new PlainWindow({ ...jail.then, distinct: false })
      this.#windows.set(at(2, second.key), window)
      if (jail.then.by.includes('ip')) window.drop((hit) => hit.atMs <= this.#until(network))
      const hits = window.enter({ atMs, id, proved, value: null }, second.mayFire && first.isArmed(atMs), second.alone)
      if (hits) fulls.push({ counting, stage: 2, hits })
    }
    return fulls
  }
}
