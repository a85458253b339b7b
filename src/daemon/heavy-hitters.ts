export interface Hitter {
  /** Never more than there were. */
  count: number
  /** Epoch ms. */
  lastMs: number
}

/**
 * How often each of many keys came, in bounded memory: exact as long as there are no more than twice `keep` of them. Then all counts are lowered by the
 * one that comes behind the `keep` largest, and who has none left is forgotten (Misra and Gries 1982, in the form of Agarwal et al., Mergeable
 * Summaries, 2012): whoever came more often than total / (keep + 1) is there, and no count is too low by more than that.
 */
export function createHeavyHitters(keep: number) {
  const hitters = new Map<string, Hitter>()

  function lower(): void {
    const counts = new Uint32Array(hitters.size) // filled by hand: its `from` takes ten times as long
    let i = 0
    for (const { count } of hitters.values()) counts[i++] = count
    const by = counts.sort()[counts.length - 1 - keep]!
    for (const [key, hitter] of hitters) {
      hitter.count -= by
      if (hitter.count <= 0) hitters.delete(key)
    }
  }

  return {
    hitters: hitters as ReadonlyMap<string, Readonly<Hitter>>,
    note(key: string, atMs: number): void {
      const known = hitters.get(key)
      if (known !== undefined) {
        known.count++
        known.lastMs = atMs
        return
      }
      hitters.set(ownCopy(key), { count: 1, lastMs: atMs })
      if (hitters.size > 2 * keep) lower()
    },
  }
}
export type HeavyHitters = ReturnType<typeof createHeavyHitters>

/** V8 copies what is shorter than this when it is cut out (SlicedString::kMinLength, src/objects/string.h). */
const CUT_IN_PLACE = 13

/** What was cut out of a line keeps all of the line in memory. */
const ownCopy = (text: string): string => (text.length < CUT_IN_PLACE ? text : Buffer.from(text).toString())
