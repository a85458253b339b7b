import { describe, expect, test } from 'vitest'
import { createClassifier, distrust } from '../../src/classify/index.ts'
import { loadShippedFilters } from '../../src/config/index.ts'
import type { SipEvent } from '../../src/types.ts'
import { fixtureLines } from './mutated-lines.ts'

const filters = loadShippedFilters()
const NOW = Date.UTC(2026, 0, 16)
const FIELDS = ['port', 'user', 'domain', 'userAgent', 'method', 'code', 'contact', 'expires', 'callId', 'requestUri', 'transport'] as const
const addressless = new Set(
  filters.flatMap(({ name, rules }) => rules.filter(({ failregex }) => !failregex.includes('<ADDR>')).map(({ id }) => `${name}/${id}`)),
)

describe.each([
  ['plain', Number.POSITIVE_INFINITY],
  ['quick', 0],
])('without the fields of what has no address, the %s way', (_, plainLines) => {
  const whole = createClassifier({ filters, tz: 'UTC', plainLines })
  const bare = createClassifier({ filters, tz: 'UTC', plainLines, bareAddressless: true })
  const events = fixtureLines(filters).map((line) =>
    [whole, bare].map((classifier) => classifier.classify(line, 0, line.length, null, NOW, 1)),
  ) as [SipEvent | null, SipEvent | null][]
  const isAddressless = ([event]: [SipEvent | null, ...unknown[]]) => event !== null && addressless.has(`${event.filter}/${event.rule}`)

  test('tells everything else as it is', () => {
    const others = events.filter((pair) => !isAddressless(pair))
    expect(others.length).toBeGreaterThan(200)
    expect(others.map(([, event]) => event)).toEqual(others.map(([event]) => event))
  })

  test('tells of a rule without an address what it is and when, and what the rule itself says', () => {
    const found = events.filter(isAddressless)
    expect(found.length).toBeGreaterThan(5)
    for (const [event, told] of found as [SipEvent, SipEvent][]) {
      const left = Object.fromEntries(FIELDS.filter((field) => told[field] === null).map((field) => [field, null]))
      expect(told).toEqual({ ...event, ...left, reason: told.reason, proved: told.proved })
      expect(event.ip).toBeNull()
    }
    expect(found.some(([event, told]) => event!.user !== null && told!.user === null)).toBe(true)
  })

  test('what is made of one such event is not made of the next', () => {
    const line = Buffer.from(
      "[2026-01-15 10:00:00] VERBOSE[1638] res_pjsip_registrar.c: Added contact 'sip:247@203.0.113.44:5060' to AOR '247' with expiration of 3600 seconds",
    )
    const [first, second] = [1, 2].map(() => bare.classify(line, 0, line.length, null, NOW, 1)!)
    distrust(first!)
    expect(first!.why).toBe('forgeable')
    expect(second!.why).toBeNull()
    expect(bare.classify(line, 0, line.length, null, NOW, 1)).toEqual(second)
  })
})
