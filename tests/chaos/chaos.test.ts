import { expect, test } from 'vitest'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { chaos } from './chaos.ts'

const newDirectory = temporaryDirectories()

// `npm run chaos` does the same three hundred times over.
test.skipIf(needs('gzip'))(
  'over kill -9 and rotation of every way, each line of a busy log is counted exactly once',
  { timeout: 120_000 },
  async () => {
    const outcome = await chaos({ dir: newDirectory(), seed: 7, rounds: 10 })
    expect(outcome.differences).toEqual([])
    expect(outcome.rounds).toBe(10)
    expect(outcome.counted + outcome.swallowed).toBe(outcome.written)
    expect(outcome.written).toBeGreaterThan(10_000)
  },
)
