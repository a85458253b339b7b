import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KnownPhones } from '../../src/decide/known-phones.ts'
import type { SipEvent } from '../../src/types.ts'
import { userOf } from '../../src/user-name.ts'
import { eventOf, HOUR, MINUTE } from '../detect/samples.ts'
import { DAY, WEEK } from './samples.ts'

const IP = '192.0.2.1'

function phonesWith(...events: readonly Partial<SipEvent>[]): KnownPhones {
  const phones = new KnownPhones(WEEK)
  for (const event of events) learn(phones, event)
  return phones
}
function learn(phones: KnownPhones, { kind = 'registration', ...event }: Partial<SipEvent>, earnsTrust = true): void {
  phones.learn(eventOf({ kind, transport: 'udp', ...event }), earnsTrust)
}

describe('an address', () => {
  test('is known from a success on, for as long as trust lasts after the newest', () => {
    const phones = phonesWith({ atMs: HOUR }, { atMs: DAY })
    const times = [HOUR - 1, HOUR, DAY + WEEK, DAY + WEEK + 1]
    expect(times.map((atMs) => phones.isKnown(IP, atMs))).toEqual([false, true, true, false])
    expect(phones.isKnown('192.0.2.2', HOUR)).toBe(false)
  })
  test('was not known in a gap longer than trust lasts', () => {
    const phones = phonesWith({ atMs: 0 }, { atMs: 3 * WEEK })
    expect([0, 2 * WEEK, 3 * WEEK].map((atMs) => phones.isKnown(IP, atMs))).toEqual([false, false, true])
  })
  test('is known from the oldest of its successes, in whatever order their lines come', () => {
    const phones = phonesWith({ atMs: HOUR }, { atMs: MINUTE })
    expect([MINUTE - 1, MINUTE, HOUR + WEEK].map((atMs) => phones.isKnown(IP, atMs))).toEqual([false, true, true])
  })
  test('is known by a goodbye and by an authenticated call too', () => {
    for (const kind of ['unregistration', 'auth_success'] as const) expect(phonesWith({ kind }).isKnown(IP, 0)).toBe(true)
  })
  test('is another one for a user who comes back after a gap longer than trust lasts, whether he was forgotten in it or not', () => {
    for (const sweeps of [false, true]) {
      const phones = phonesWith({ atMs: 0, port: 5060 })
      if (sweeps) phones.expire(3 * WEEK - 1)
      learn(phones, { atMs: 3 * WEEK, port: 5062 })
      const isOwn = (port: number) => phones.isOwn('1001@example.com', IP, port, 'udp', 3 * WEEK)
      expect([isOwn(5060), isOwn(5062)]).toEqual([false, true])
    }
  })
  test('names the users known at it', () => {
    const phones = phonesWith(
      { user: '1001' },
      { user: '1002', domain: null },
      { user: '1003', atMs: DAY },
      { user: '1004', ip: '192.0.2.9' },
    )
    expect(phones.usersAt(IP, HOUR)).toEqual(['1001@example.com', '1002'])
  })
  test('makes its /64 hold somebody known', () => {
    const phones = phonesWith({ ip: '2001:db8::5' })
    expect(['2001:db8::/64', '2001:db8:0:1::/64'].map((network) => phones.isKnownIn(network, 0))).toEqual([true, false])
    phones.expire(3 * WEEK)
    expect(phones.isKnownIn('2001:db8::/64', 0)).toBe(false)
  })
})

describe('a suspect success', () => {
  test('earns no trust, but somebody is registered there', () => {
    const phones = new KnownPhones(WEEK)
    learn(phones, { atMs: HOUR }, false)
    expect([phones.isKnown(IP, HOUR), phones.usersAt(IP, HOUR)]).toEqual([false, []])
    expect(phones.mayBeRegistered(IP, 5060, 'udp', HOUR)).toBe(true)
  })
  test('takes nothing from a user who was known: failures may be forged', () => {
    const phones = phonesWith({ atMs: 0 })
    learn(phones, { atMs: 6 * DAY }, false)
    expect(phones.isKnown(IP, 12 * DAY)).toBe(true)
  })
  test('earns nothing back after trust has lapsed; an unsuspicious one does', () => {
    const phones = phonesWith({ atMs: 0 })
    learn(phones, { atMs: 2 * WEEK }, false)
    expect(phones.isKnown(IP, 2 * WEEK)).toBe(false)
    learn(phones, { atMs: 2 * WEEK + HOUR })
    expect([2 * WEEK, 2 * WEEK + HOUR].map((atMs) => phones.isKnown(IP, atMs))).toEqual([false, true])
  })
})

describe('an endpoint', () => {
  const isRegistered = (phones: KnownPhones, port: number, atMs: number) => phones.mayBeRegistered(IP, port, 'udp', atMs)

  test('is registered until the registration expires, an hour where the line does not say', () => {
    const phones = phonesWith({ port: 5060, expires: 60 }, { port: 5061, user: '1002' })
    expect([5060, 5061].map((port) => isRegistered(phones, port, MINUTE - 1))).toEqual([true, true])
    expect([5060, 5061].map((port) => isRegistered(phones, port, MINUTE))).toEqual([false, true])
    expect(isRegistered(phones, 5061, HOUR)).toBe(false)
    expect(isRegistered(phones, 5062, 0)).toBe(false)
  })
  test('may be registered where a line names no port or no transport', () => {
    const noPort = phonesWith({ port: null })
    expect([noPort.mayBeRegistered(IP, 9, 'udp', 0), noPort.mayBeRegistered(IP, 9, 'tcp', 0)]).toEqual([true, false])
    const noTransport = phonesWith({ transport: null })
    expect([5060, 5061].map((port) => noTransport.mayBeRegistered(IP, port, 'tcp', 0))).toEqual([true, false])
    expect(phonesWith({}).mayBeRegistered(IP, 5060, null, 0)).toBe(true)
  })
  test('is free again after a goodbye, but not for another user, nor by a line that came late', () => {
    const phones = phonesWith({ atMs: MINUTE }, { kind: 'unregistration', atMs: 0 })
    expect(isRegistered(phones, 5060, 2 * MINUTE)).toBe(true)
    learn(phones, { kind: 'unregistration', user: '1002', atMs: 2 * MINUTE })
    expect(isRegistered(phones, 5060, 2 * MINUTE)).toBe(true)
    learn(phones, { kind: 'unregistration', atMs: 2 * MINUTE })
    expect(isRegistered(phones, 5060, 2 * MINUTE)).toBe(false)
  })
  test('stays registered however many others one user has: past what is remembered it may be any', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 200, size: 'max' }), (ports) => {
        const phones = phonesWith(...ports.map((port, i) => ({ port, atMs: i * MINUTE })))
        const nowMs = (ports.length - 1) * MINUTE
        const live = ports.filter((_, i) => nowMs < i * MINUTE + HOUR)
        expect(live.filter((port) => !isRegistered(phones, port, nowMs))).toEqual([])
        // Once those are over, a port is no longer any port.
        expect(isRegistered(phones, 99, nowMs + HOUR)).toBe(false)
      }),
    )
  })
  test('is a user’s own after he has succeeded there, registered or not', () => {
    const phones = phonesWith({ expires: 60 })
    const isOwn = (user: string, port: number | null) => phones.isOwn(user, IP, port, 'udp', DAY)
    expect([isOwn('1001@example.com', 5060), isOwn('1001', 5060), isOwn('1001@example.com', null)]).toEqual([true, true, true])
    expect([isOwn('1001@example.com', 5061), isOwn('1002@example.com', 5060), isOwn('100', 5060)]).toEqual([false, false, false])
  })
})

describe('a name', () => {
  test('that is very long is the same as in a jail, where it is shortened', () => {
    const event = { user: 'x'.repeat(100) }
    const phones = phonesWith(event)
    expect(phones.usersAt(IP, 0)).toEqual([userOf(eventOf(event))])
    expect(phones.isOwn(userOf(eventOf(event))!, IP, null, null, 0)).toBe(true)
    expect(phones.isOfKnown(eventOf(event))).toBe(true)
  })
  test('that a line does not say is empty, and somebody is there all the same', () => {
    const phones = phonesWith({ user: null })
    expect([phones.isKnown(IP, 0), phones.usersAt(IP, 0)]).toEqual([true, ['']])
  })
})

describe('failures of a known user', () => {
  const fail = (phones: KnownPhones, given: Partial<SipEvent> = {}) => phones.fail(eventOf(given))

  test('are counted since his newest success, wherever at his address they come from', () => {
    const phones = phonesWith({})
    expect([fail(phones), fail(phones, { port: 6000, domain: null }), fail(phones)]).toEqual([1, 2, 3])
    learn(phones, { atMs: 1 })
    expect(fail(phones, { atMs: 2 })).toBe(1)
  })
  test('are nobody’s where he is not known', () => {
    const phones = phonesWith({})
    expect([{ user: '1002' }, { ip: '192.0.2.2' }, { atMs: 2 * WEEK }, { user: null }].map((given) => fail(phones, given))).toEqual([
      0, 0, 0, 0,
    ])
    expect([eventOf(), eventOf({ user: '1002' })].map((event) => phones.isOfKnown(event))).toEqual([true, false])
  })
})

describe('the journal', () => {
  test('gives back what was known, suspects and endpoints too, and forgets whom it should', () => {
    const before = phonesWith({ atMs: MINUTE, port: 5061 })
    learn(before, { user: '1002', ip: '192.0.2.2' }, false)
    const after = new KnownPhones(WEEK)
    const rows = before.drain()
    after.restore(rows)
    expect(rows.map(({ ip, user }) => `${ip} ${user}`)).toEqual(['192.0.2.1 1001@example.com', '192.0.2.2 1002@example.com'])
    expect([after.isKnown(IP, 0), after.isKnown(IP, MINUTE), after.isKnown('192.0.2.2', HOUR)]).toEqual([false, true, false])
    expect([after.mayBeRegistered(IP, 5061, 'udp', HOUR), after.mayBeRegistered('192.0.2.2', 5060, 'udp', 0)]).toEqual([true, true])
    expect([before.drain(), after.drain()]).toEqual([[], []])
    after.expire(2 * WEEK + 2 * MINUTE)
    expect(after.drain()).toEqual(rows.map((row) => ({ ...row, data: '' })).reverse())
  })
  test('a damaged row is no phone', () => {
    const phones = new KnownPhones(WEEK)
    phones.restore(['', '{', 'null', '{"fromMs":0,"toMs":"x","endpoints":[]}'].map((data, i) => ({ ip: IP, user: `${i}`, data })))
    expect(phones.isKnown(IP, 0)).toBe(false)
  })
})
