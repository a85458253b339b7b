import { describe, expect, test } from 'vitest'
import { Seen, whyNotCounted } from '../../src/explain/seen.ts'
import { aSkip } from '../api/fake-control.ts'
import { eventOf } from '../detect/samples.ts'

test('of each reason the count and the three newest lines are remembered', () => {
  const seen = new Seen()
  for (let i = 1; i <= 5; i++) seen.note(eventOf({ id: `n:g:${i}`, atMs: i }))
  seen.note(eventOf({ id: 'n:g:6', atMs: 6, counted: false, kind: 'auth_challenge' }))
  const found = seen.of('192.0.2.1')!
  expect(Object.fromEntries(found.lines)).toMatchObject({
    counted: {
      count: 5,
      newest: [
        { id: 'n:g:3', atMs: 3 },
        { id: 'n:g:4', atMs: 4 },
        { id: 'n:g:5', atMs: 5 },
      ],
    },
    challenge: { count: 1, newest: [{ id: 'n:g:6', atMs: 6 }] },
  })
  expect(found).toMatchObject({ countedMs: 5, newestMs: 6 })
})

test('full windows that led to no ban are added up', () => {
  const seen = new Seen()
  const skip = aSkip('phone', 'sip-auth')
  const hits = [1, 2, 3, 4].map((atMs) => ({ atMs, id: `n:g:${atMs}`, value: null }))
  seen.skip({ ...skip, detection: { ...skip.detection, count: 4, hits } })
  seen.skip({ ...skip, detection: { ...skip.detection, count: 4, hits } })
  expect(seen.of('192.0.2.7')!.skips.get('phone')).toMatchObject({ count: 8, jail: 'sip-auth', newest: hits.slice(1) })
})

test('past the most addresses those go that were not seen for the longest', () => {
  const seen = new Seen(10)
  for (let i = 0; i < 100; i++) {
    seen.note(eventOf({ ip: `192.0.2.${i}` }))
    seen.note(eventOf({ ip: '203.0.113.5' }))
  }
  const known = Array.from({ length: 100 }, (_, i) => seen.of(`192.0.2.${i}`)).filter((address) => address !== null)
  expect(known.length).toBeGreaterThanOrEqual(4)
  expect(known.length).toBeLessThanOrEqual(10)
  expect(seen.of('192.0.2.99')).not.toBeNull()
  expect(seen.of('203.0.113.5')!.lines.get('counted')!.count).toBe(100)
})

describe('why a line does not count', () => {
  test.each([
    ['counted', {}],
    ['shadow', { shadow: true, counted: false }],
    ['challenge', { counted: false, kind: 'auth_challenge' }],
    ['success', { counted: false, kind: 'registration' }],
    ['success', { counted: false, kind: 'auth_success' }],
    ['request', { counted: false, kind: 'request' }],
    ['uncounted', { counted: false, kind: 'door_knock' }],
    ['forgeable', { counted: false, why: 'forgeable' }],
    ['hep', { counted: false, why: 'hep' }],
  ] as const)('%s', (why, given) => {
    expect(whyNotCounted(eventOf(given))).toBe(why)
  })
})
