import { canonicalAddress } from '../address.ts'
import { createClassifier } from '../classify/index.ts'
import type { Filter } from '../config/types.ts'
import { eventJson } from '../report.ts'
import type { Sample } from './sample-file.ts'

export interface SampleResult {
  readonly sample: Sample
  /** Empty: as expected. */
  readonly faults: readonly string[]
}

const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/
const DAY_MS = 864e5
/** Keys of a comment that are compared by rules of their own, or not at all. */
const SPECIAL = new Set(['match', 'time', 'host', 'desc', 'constraint'])

/** Classifies every sample with one filter and says where it differs from its comment (DESIGN section 4, law 4). */
export function checkSamples(filter: Filter, samples: readonly Sample[]): SampleResult[] {
  const classifier = createClassifier({ filters: [filter], tz: 'UTC' })
  return samples.map((sample) => {
    const { bytes, expect } = sample
    const faults: string[] = []
    const expectedMs = expect.time === undefined ? null : Date.parse(ZONED.test(expect.time) ? expect.time : `${expect.time}Z`)
    // A year-less time is dated by when it was read: soon after it was written.
    const readMs = (expectedMs ?? Date.UTC(2026, 5, 1)) + DAY_MS
    const event = classifier.classify(bytes, 0, bytes.length, null, readMs, expectedMs ?? readMs)
    const differ = (what: string, expected: unknown, got: unknown) =>
      faults.push(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
    const counts = event?.counted === true
    if (counts !== expect.match)
      differ('match', expect.match, event === null ? 'no rule' : `${event.rule}${counts ? '' : ' (does not count)'}`)
    const matches = classifier.matches(bytes.toString('utf8'), null)
    if (matches.length > 1 && event?.why !== 'ambiguous')
      faults.push(`more than one rule matches: ${matches.map(({ rule }) => rule).join(', ')}`)
    if (event === null) {
      if (expect.rule !== undefined) differ('rule', expect.rule, null)
      return { sample, faults }
    }
    if (!expect.match && expect.rule === undefined) differ('rule', null, event.rule)
    if (expect.host !== undefined && (expect.host === null ? null : canonicalAddress(expect.host)) !== event.ip)
      differ('host', expect.host, event.ip)
    if (expectedMs !== null && Math.abs(expectedMs - event.atMs) >= 1000) differ('time', expect.time, new Date(event.atMs).toISOString())
    const got = eventJson(event)
    for (const [key, value] of Object.entries(expect)) {
      if (!SPECIAL.has(key) && (got[key] ?? null) !== value) differ(key, value, got[key] ?? null)
    }
    return { sample, faults }
  })
}

/** Rules that no sample shows at work (law 3). */
export function unsampledRules(filter: Filter, samples: readonly Sample[]): string[] {
  const shown = new Set(samples.map(({ expect }) => expect.rule))
  return filter.rules.map(({ id }) => id).filter((id) => !shown.has(id))
}
