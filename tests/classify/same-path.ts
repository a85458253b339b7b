import { isDeepStrictEqual } from 'node:util'
import { createClassifier } from '../../src/classify/index.ts'
import { preparedLook } from '../../src/config/prepared.ts'
import type { Filter } from '../../src/config/types.ts'

const NOW = Date.UTC(2026, 0, 16)
const UNDATED = 1

/** Classifies by the quick way, as it is prepared where these are the shipped filters, and by the plain one. Returns what differs, for people; null: nothing. */
export function createComparison(filters: readonly Filter[]): (line: Buffer, pin: string | null) => string | null {
  const quick = createClassifier({ filters, tz: 'Europe/Berlin', plainLines: 0, preparedLook })
  const plain = createClassifier({ filters, tz: 'Europe/Berlin', plainLines: Infinity })
  return (line, pin) => {
    // Within a batch, as lines are read: what stands around it must not matter.
    const bytes = Buffer.concat([Buffer.from('[x\n'), line, Buffer.from('\n9')])
    const [start, end] = [3, 3 + line.length]
    const found = quick.classify(bytes, start, end, pin, NOW, UNDATED)
    const expected = plain.classify(bytes, start, end, pin, NOW, UNDATED)
    if (isDeepStrictEqual(found, expected)) return null
    return `${JSON.stringify(line.toString('latin1').slice(0, 400))} (pin ${pin})\n    quick: ${JSON.stringify(found)}\n    plain: ${JSON.stringify(expected)}`
  }
}
