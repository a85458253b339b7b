import { expect, test } from 'vitest'
import type { SipEvent } from '../../src/types.ts'
import { detectorWith, eventOf, HOUR, jailOf, MINUTE, SECOND } from './samples.ts'

type Where = Partial<SipEvent>
const DAY = 24 * HOUR

/** Keys and scopes of what such events from a phone's address fill, a second apart. */
function fromPhone(events: readonly Where[], detector = detectorWith([jailOf()]), own = false) {
  return events.flatMap((given, second) =>
    detector
      .observe(eventOf({ transport: 'udp', atMs: second * SECOND, ...given }), 'phone', own)
      .map(({ key, scope, sweep, count, proved }) => ({ key, scope, sweep, count, proved })),
  )
}

test('where phones are known each endpoint counts by itself', () => {
  const [a, b] = [{ port: 5061 }, { port: 5062 }]
  expect(fromPhone([a, b, a, b])).toEqual([])
  expect(fromPhone([a, b, a, b, a])).toEqual([{ key: '192.0.2.1:5061/udp', scope: 'endpoint', sweep: null, count: 3, proved: false }])
})

test('an endpoint is written with its transport, an IPv6 one in brackets', () => {
  const keyOf = (given: Where) => fromPhone([given, given, given])[0]?.key
  expect(keyOf({ transport: 'tls' })).toBe('192.0.2.1:5060/tls')
  expect(keyOf({ transport: null })).toBe('192.0.2.1:5060/any')
  expect(keyOf({ ip: '2001:db8::7' })).toBe('[2001:db8::7]:5060/udp')
})

test('without a port a phone’s address counts as a whole', () => {
  expect(fromPhone([{ port: null }, { port: null }, { port: null }])).toMatchObject([{ key: '192.0.2.1', scope: 'address' }])
})

test('an address is the same to a user under attack, whichever endpoint fails', () => {
  const detector = detectorWith([jailOf({ by: ['user'], distinct: 'ip', maxretry: 2 })])
  expect(fromPhone([{ port: 1 }, { port: 2 }, { port: 3 }], detector)).toEqual([])
  expect(fromPhone([{ ip: '192.0.2.2' }], detector)).toMatchObject([{ key: '1001@example.com', scope: 'address', count: 2 }])
})

const proved = (given: Where): Where => ({ proved: true, transport: 'tcp', ...given })
const users = (count: number) => Array.from({ length: count }, (_, i) => proved({ user: `u${i}` }))
const ports = (count: number) => Array.from({ length: count }, (_, i) => proved({ port: 6000 + i }))
const sweeping = () => detectorWith([jailOf({ maxretry: 100, findtimeMs: MINUTE })], { sweep: { maxUsers: 3, maxPorts: 4 } })

test('more users than are allowed, or more endpoints, that failed there, proved, are a sweep of the address', () => {
  expect(fromPhone(users(3), sweeping())).toEqual([])
  expect(fromPhone(users(4), sweeping())).toEqual([{ key: '192.0.2.1', scope: 'address', sweep: 'user', count: 4, proved: true }])
  expect(fromPhone(ports(4), sweeping())).toEqual([])
  expect(fromPhone(ports(5), sweeping())).toEqual([{ key: '192.0.2.1', scope: 'address', sweep: 'port', count: 5, proved: true }])
})

test('what is not proved, the phones’ own users and requests are no sweep', () => {
  expect(
    fromPhone(
      [...users(9), ...ports(9)].map((event) => ({ ...event, proved: false })),
      sweeping(),
    ),
  ).toEqual([])
  expect(fromPhone([...users(9), ...ports(9)], sweeping(), true)).toEqual([])
  const requests = detectorWith([jailOf({ kinds: ['request'], maxretry: 100, findtimeMs: MINUTE })])
  expect(
    fromPhone(
      ports(20).map((event) => ({ ...event, kind: 'request', counted: false })),
      requests,
    ),
  ).toEqual([])
})

test('only jails that ban by address, at once and for failures, tell of sweeps', () => {
  for (const jail of [{ distinct: 'user' }, { by: ['ip', 'user'] }, { by: ['user'] }] as const) {
    const detector = detectorWith([jailOf({ maxretry: 100, findtimeMs: MINUTE, ...jail })], { sweep: { maxUsers: 3, maxPorts: 4 } })
    expect(fromPhone([...users(9), ...ports(9)], detector)).toEqual([])
  }
})

test('forget clears the endpoints and the sweeps of an address, of an IPv6 /64 also those of its single addresses', () => {
  for (const ip of ['192.0.2.1', '2001:db8::1']) {
    const detector = sweeping()
    fromPhone(
      users(3).map((event) => ({ ...event, ip })),
      detector,
    )
    detector.forget(ip, 3 * SECOND)
    expect(fromPhone([proved({ ip, user: 'another', atMs: 4 * SECOND })], detector)).toEqual([])
    const counting = detectorWith([jailOf()])
    fromPhone([{ ip }, { ip }], counting)
    counting.forget(ip, 3 * SECOND)
    expect(fromPhone([{ ip, atMs: 4 * SECOND }], counting)).toEqual([])
  }
})

test('for a user under attack a proved failure is enough, an unproved one is not', () => {
  const attacked = () => {
    const second = { by: ['user', 'ip'], maxretry: 2, findtimeMs: HOUR, bantimeMs: MINUTE } as const
    const detector = detectorWith([jailOf({ by: ['user'], distinct: 'ip', maxretry: 2, findtimeMs: HOUR, second })])
    for (const ip of ['192.0.2.1', '192.0.2.2']) detector.observe(eventOf({ ip }))
    return detector
  }
  const event = eventOf({ ip: '198.51.100.1', proved: true, id: 'n:1' })
  const detector = attacked()
  expect(detector.observe(event)).toMatchObject([{ stage: 2, count: 1, proved: true, hits: [{ id: 'n:1' }] }])
  expect(detector.observe(event)).toEqual([])
  expect(attacked().observe({ ...event, proved: false })).toEqual([])
})

const success = (given: Where = {}) => eventOf({ kind: 'registration', counted: false, atMs: DAY, ...given })

/** How many failures a success tells of, after such failures of its user at its address. */
function failuresBefore(failures: readonly Where[], given: Where = {}): number {
  const detector = detectorWith([])
  for (const failure of failures) detector.observe(eventOf({ atMs: DAY - SECOND, ...failure }))
  return detector.succeed(success(given))
}

test('a success tells how often its user failed at its address before', () => {
  expect(failuresBefore([])).toBe(0)
  expect(failuresBefore([{}])).toBe(1)
  expect(failuresBefore([{}, { kind: 'failed_auth' }, { port: 9 }])).toBe(3)
  expect(failuresBefore([{}, {}], { ip: '192.0.2.2' })).toBe(0)
  expect(failuresBefore([{ ip: '2001:db8::1' }, { ip: '2001:db8::2' }], { ip: '2001:db8::1' })).toBe(1)
  expect(failuresBefore([{}, { user: 'x' }, { domain: 'x.example' }, { domain: null }])).toBe(1)
})

test('failures that do not count, or were longer ago than a day or later than the success, are not told of', () => {
  expect(failuresBefore([{ counted: false }, { shadow: true }, { why: 'ambiguous' }, { kind: 'door_knock' }])).toBe(0)
  expect(failuresBefore([{ atMs: 0 }, { atMs: -1 }, { atMs: DAY }, { atMs: DAY + 1 }])).toBe(2)
})

test('a success forgets the failures before it, also when their lines are read again; forget does too', () => {
  for (const count of [1, 3]) {
    const detector = detectorWith([])
    const failures = Array.from({ length: count }, () => eventOf({ atMs: DAY - SECOND }))
    for (const failure of failures) detector.observe(failure)
    expect(detector.succeed(success())).toBe(count)
    for (const failure of failures) detector.observe(failure)
    expect(detector.succeed(success())).toBe(0)
    for (const failure of failures) detector.observe({ ...failure, id: `${failure.id}:new` })
    detector.forget('192.0.2.1', DAY)
    expect(detector.succeed(success())).toBe(0)
  }
})

test('failures are told of after a restart', () => {
  for (const count of [1, 3]) {
    const [before, after] = [detectorWith([]), detectorWith([])]
    for (let i = 0; i < count; i++) before.observe(eventOf({ atMs: DAY - SECOND }))
    after.restore(before.drain())
    expect(after.succeed(success())).toBe(count)
  }
})
