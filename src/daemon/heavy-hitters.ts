import { Names } from '../detect/index.ts'

export interface Hitter {
  /** Never more than there were. */
  readonly count: number
  /** Epoch ms. */
  readonly lastMs: number
}

/**
 * How often each of many keys came, in bounded memory: exact as long as there are no more than twice `keep` of them. Then all counts are lowered by the
 * one that comes behind the `keep` largest, and who has none left is forgotten (Misra and Gries 1982, in the form of Agarwal et al., Mergeable
 * Summaries, 2012): whoever came more often than total / (keep + 1) is there, and no count is too low by more than that.
 */
export function createHeavyHitters(keep: number) {
  // One more while the counts are lowered, and names begin at 1.
  const end = 2 * keep + 2
  const names = new Names(end)
  /** By name; nobody came 0 times. */
  const counts = new Uint32Array(end)
  const lastMs = new Float64Array(end)
  let size = 0

  function lower(): void {
    const by = counts.toSorted().at(-1 - keep)!
    for (let name = 1; name < end; name++) {
      const count = counts[name]!
      if (count === 0) continue
      counts[name] = Math.max(0, count - by)
      if (count > by) continue
      names.release(name)
      size--
    }
  }

  return {
    /** Those that came most, and perhaps others. */
    *read(): Generator<readonly [key: string, Hitter]> {
      for (let name = 1; name < end; name++) {
        if (counts[name]! > 0) yield [names.textOf(name), { count: counts[name]!, lastMs: lastMs[name]! }]
      }
    },
    /** A key came, so many times. Of a user with a `domain` it is `user@domain`. */
    note(key: string, domain: string | null, atMs: number, times = 1): void {
      const name = names.hold(key, domain)
      const before = counts[name]!
      counts[name] = before + times
      lastMs[name] = atMs
      // It is held once.
      if (before > 0) names.release(name)
      else if (++size > 2 * keep) lower()
    },
  }
}
export type HeavyHitters = ReturnType<typeof createHeavyHitters>
