import fc from 'fast-check'
import { expect, test } from 'vitest'
import { detectorWith, eventOf, jailOf } from '../detect/samples.ts'
import { brief, countingOf, SECOND, START_MS } from './countings.ts'
import { ReferenceCounts } from './counts-reference.ts'

const steps = fc.array(
  fc.record({
    second: fc.integer({ min: 0, max: 20 }),
    late: fc.integer({ min: 0, max: 10 }),
    ip: fc.constantFrom('192.0.2.1', '192.0.2.2'),
    user: fc.constantFrom('a', 'b', 'c', 'd'),
  }),
  { maxLength: 80, size: 'max' },
)

test('plain counting, which Redis is compared with, fills the windows that the detect stage fills', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.constantFrom(null, 'user' as const), steps, async (maxretry, distinct, given) => {
      const jail = jailOf({ maxretry, distinct, findtimeMs: 10 * SECOND })
      const [detector, reference] = [detectorWith([jail], { maxKeys: 1000 }), new ReferenceCounts()]
      for (const [i, { second, late, ip, user }] of given.entries()) {
        const at = i / 2 + second - late
        const event = eventOf({ id: `n:g:${i}`, atMs: START_MS + at * SECOND, ip, user, domain: null })
        const counting = countingOf(event.id, at, { jail, network: ip, value: distinct && user })
        expect(brief(await reference.count([counting]))).toEqual(
          detector.observe(event).map(({ hits }) => `1: ${hits.map(({ id }) => id).join(' ')}`),
        )
      }
    }),
  )
})
