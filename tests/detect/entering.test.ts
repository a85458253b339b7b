import { expect, test } from 'vitest'
import type { Jail } from '../../src/config/types.ts'
import type { SipEvent } from '../../src/types.ts'
import { detectorWith, eventOf, eventsAt, jailOf, SECOND } from './samples.ts'

function enters(jail: Partial<Jail>, event: Partial<SipEvent>): boolean {
  return detectorWith([jailOf({ maxretry: 1, ...jail })], { maxKeys: 100 }).observe(eventOf(event)).length === 1
}

/** The keys under which one event is counted. */
function keyOf(jail: Partial<Jail>, event: Partial<SipEvent>): string | undefined {
  return detectorWith([jailOf({ maxretry: 1, ...jail })], { maxKeys: 100 }).observe(eventOf(event))[0]?.key
}

test('an event of another kind does not enter', () => {
  expect(enters({}, {})).toBe(true)
  expect(enters({}, { kind: 'door_knock' })).toBe(false)
})

test('an event without a trustworthy address, a shadow and one that the classifier refused never count', () => {
  expect(enters({}, { ip: null })).toBe(false)
  expect(enters({}, { shadow: true })).toBe(false)
  expect(enters({}, { why: 'ambiguous' })).toBe(false)
})

test('a failure that is not to be counted does not enter, a request enters the jail that names it whatever it says', () => {
  expect(enters({}, { counted: false })).toBe(false)
  for (const kind of ['request', 'auth_challenge'] as const) {
    expect(enters({ kinds: [kind] }, { kind, counted: false })).toBe(true)
    expect(enters({}, { kind, counted: true })).toBe(false)
  }
})

test('reasons, methods and filters take what they name', () => {
  expect(enters({ reasons: ['acl_denied'] }, { reason: 'acl_denied' })).toBe(true)
  expect(enters({ reasons: ['acl_denied'] }, { reason: 'domain_not_found' })).toBe(false)
  expect(enters({ methods: ['INVITE', 'REGISTER'] }, { method: 'REGISTER' })).toBe(true)
  expect(enters({ methods: ['INVITE'] }, { method: 'REGISTER' })).toBe(false)
  expect(enters({ filters: ['asterisk'] }, { filter: 'asterisk' })).toBe(true)
  expect(enters({ filters: ['asterisk'] }, { filter: 'opensips' })).toBe(false)
})

test('a list of exclusions takes all the rest, and what has no value', () => {
  expect(enters({ methods: ['!REGISTER'] }, { method: 'REGISTER' })).toBe(false)
  expect(enters({ methods: ['!REGISTER'] }, { method: 'OPTIONS' })).toBe(true)
  expect(enters({ methods: ['!REGISTER'] }, { method: null })).toBe(true)
  expect(enters({ methods: ['REGISTER'] }, { method: null })).toBe(false)
  expect(enters({ reasons: ['!scanner_detected'] }, { reason: null })).toBe(true)
  expect(enters({ filters: ['asterisk', 'opensips', '!opensips'] }, { filter: 'opensips' })).toBe(false)
})

test('the key is the address, or the /64 of an IPv6 address', () => {
  expect(keyOf({}, { ip: '198.51.100.7' })).toBe('198.51.100.7')
  expect(keyOf({}, { ip: '2001:db8:1:2:3::4' })).toBe('2001:db8:1:2::/64')
})

test('the key by user is user@domain, or the user alone where there is no domain; without a user nothing is counted', () => {
  expect(keyOf({ by: ['user'] }, {})).toBe('1001@example.com')
  expect(keyOf({ by: ['user'] }, { domain: null })).toBe('1001')
  expect(keyOf({ by: ['user'] }, { user: null })).toBeUndefined()
  expect(keyOf({ by: ['user'] }, { user: '' })).toBeUndefined()
})

test('a key of both keeps them apart whatever the user is called', () => {
  expect(keyOf({ by: ['user', 'ip'] }, { user: 'a b', domain: null })).toBe('a b 192.0.2.1')
  expect(keyOf({ by: ['ip', 'user'] }, { user: 'a b', domain: null })).toBe('192.0.2.1 a b')
  expect(keyOf({ by: ['ip', 'user'] }, { user: null })).toBeUndefined()
})

test('a user of any length has a short key of his own', () => {
  const long = (end: string) => keyOf({ by: ['user'] }, { user: 'x'.repeat(5000) + end })!
  expect(long('a').length).toBeLessThanOrEqual(64)
  expect(long('a')).toBe(long('a'))
  expect(long('a')).not.toBe(long('b'))
})

test('an event that no window is filled by gives one shared empty list', () => {
  const detector = detectorWith([jailOf()], { maxKeys: 100 })
  const none = detector.observe(eventOf({ kind: 'unregistration' }))
  expect(none).toEqual([])
  expect(detector.observe(eventOf())).toBe(none)
  expect(detector.observe(eventOf({ ip: null }))).toBe(none)
})

test('one line may fill the windows of several jails', () => {
  const detector = detectorWith([jailOf({ name: 'one', maxretry: 2 }), jailOf({ name: 'two', maxretry: 2 })], { maxKeys: 100 })
  const found = eventsAt([0, 1]).map((event) => detector.observe(event).map(({ jail }) => jail))
  expect(found).toEqual([[], ['one', 'two']])
})

test('a detection says what filled the window', () => {
  const detector = detectorWith([jailOf({ maxretry: 2, distinct: 'user' })], { maxKeys: 100 })
  detector.observe(eventOf({ ip: '2001:db8::1', user: 'a', id: 'n:1', atMs: 5 * SECOND, proved: true }))
  expect(detector.observe(eventOf({ ip: '2001:db8::2', user: 'b', id: 'n:2', atMs: 4 * SECOND, proved: true }))).toEqual([
    {
      jail: 'sip-test',
      stage: 1,
      key: '2001:db8::/64',
      scope: 'address',
      sweep: null,
      ip: '2001:db8::2',
      port: 5060,
      transport: null,
      user: 'b@example.com',
      atMs: 5 * SECOND,
      count: 2,
      hits: [
        { atMs: 4 * SECOND, id: 'n:2', value: 'b@example.com' },
        { atMs: 5 * SECOND, id: 'n:1', value: 'a@example.com' },
      ],
      proved: true,
    },
  ])
})

test('a window is proved only when all its hits are, so that a forger gains nothing from one real failure', () => {
  const detector = detectorWith([jailOf({ maxretry: 2 })], { maxKeys: 100 })
  const proofs = [false, true, true, true]
  const found = proofs.flatMap((proved, second) => detector.observe(eventOf({ atMs: second * SECOND, proved })))
  expect(found.map(({ proved }) => proved)).toEqual([false, true])
})
