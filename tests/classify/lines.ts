import { createClassifier } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import type { SipEvent } from '../../src/types.ts'

const NOW = Date.UTC(2026, 0, 16)
const classifier = createClassifier({ filters: loadShippedFilters(), tz: 'UTC' })

/** What the shipped filters make of a line. */
export function classify(line: string | Buffer, pin: string | null = null): SipEvent | null {
  const bytes = Buffer.from(line)
  return classifier.classify(bytes, 0, bytes.length, pin, NOW, NOW)
}
