import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkOf } from '../../src/address.ts'
import { type CountedEvent, sharedDetection } from '../../src/daemon/shared-detection.ts'
import { createDetector } from '../../src/detect/index.ts'
import type { Detection } from '../../src/types.ts'
import { eventOf, jailOf, SECOND } from '../detect/samples.ts'
import { ReferenceCounts } from '../fleet/counts-reference.ts'

const jails = [
  jailOf({ name: 'by-address' }),
  jailOf({ name: 'long', maxretry: 100, findtimeMs: 20 * SECOND }),
  jailOf({ name: 'users', distinct: 'user' }),
  jailOf({ name: 'by-user', by: ['user'], distinct: 'ip', maxretry: 2 }),
]
const IPS = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']

const step = fc.record({
  second: fc.integer({ min: 0, max: 30 }),
  ip: fc.constantFrom(...IPS),
  user: fc.constantFrom(null, 'a', 'b', 'c', 'd'),
  port: fc.constantFrom(null, 5060, 5061, 5062, 5063),
  proved: fc.boolean(),
  own: fc.boolean(),
})

test('the windows of all find whatever one node’s own find, sweeps from an address of phones among them', async () => {
  const swept = new Set<Detection['sweep']>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      const detector = createDetector(jails, { maxKeys: 1000, sweep: { maxUsers: 2, maxPorts: 2 } })
      const counts = new ReferenceCounts()
      for (const [i, { second, ip, own, ...given }] of steps.entries()) {
        const event = eventOf({ ...given, ip, id: `n:g:${i}`, atMs: second * SECOND, domain: null })
        const isPhone = ip.endsWith('1')
        const standing = { level: isPhone ? 'phone' : 'unknown', network: isPhone ? ip : networkOf(ip), own: isPhone && own } as const
        const entries = detector.sharedEntries(event, standing).map((entry): CountedEvent => ({ ...entry, event }))
        const found = detector.observe(event, standing)
        expect(sorted((await counts.count(entries)).map(sharedDetection))).toEqual(sorted(found))
        for (const { sweep } of found) swept.add(sweep)
      }
    }),
  )
  expect(swept).toEqual(new Set([null, 'user', 'port']))
})

/** Of one event a jail's window is full once, and each of its sweeps. */
const sorted = (found: readonly Detection[]) =>
  found.map((one) => ({ ...one, hits: one.hits })).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
const nameOf = ({ jail, sweep }: Detection) => `${jail} ${sweep}`
