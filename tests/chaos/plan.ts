export const ROTATIONS = ['rename', 'rename-late', 'rename-gzip', 'copytruncate'] as const
export type Rotation = (typeof ROTATIONS)[number]

/** What is done to the log and to its reader in one round; all times are ms. */
export interface Round {
  readonly rotation: Rotation
  /** When: while the reader reads, as soon as it was started, or between its end and its next start. */
  readonly rotateWhile: 'reading' | 'starting' | 'down'
  /** What the reader has done before anything else happens to it: nothing yet, read its first line, or all there was. */
  readonly reads: 'nothing' | 'something' | 'everything'
  readonly beforeRotationMs: number
  readonly beforeKillMs: number
  /** Of copytruncate: how long the writer goes on between the copy and the truncation. */
  readonly gapMs: number
}

/**
 * The same rounds for the same seed: what is done is repeated, though not the moment to the microsecond. A log is rotated either by
 * copytruncate or by rename, as logrotate is configured for it; `together` rounds in a row are of one way.
 */
export function* rounds(seed: number, together: number): Generator<Round, never> {
  const random = mulberry32(seed)
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  let ways: readonly Rotation[] = ROTATIONS
  for (let n = 0; ; n++) {
    if (n % together === 0) ways = random() < 1 / 3 ? ['copytruncate'] : ['rename', 'rename-late', 'rename-gzip']
    yield {
      rotation: pick(ways),
      rotateWhile: pick(['reading', 'reading', 'starting', 'down']),
      reads: pick(['nothing', 'something', 'something', 'everything']),
      beforeRotationMs: random() * 150,
      beforeKillMs: random() * 250,
      gapMs: random() * 20,
    }
  }
}

/** Tommy Ettinger's generator: 32 bits of state, good enough to choose by. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
