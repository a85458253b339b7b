import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bans } from '../../src/decide/bans.ts'
import { SipguardError } from '../../src/errors.ts'
import type { Ban } from '../../src/types.ts'
import { HOUR, jailOf, MINUTE } from '../detect/samples.ts'
import { decided, detectionOf, outcomes, WEEK } from './samples.ts'

function banned(given: Partial<Ban>): Ban {
  return {
    ip: '192.0.2.1',
    scope: 'address',
    prefix: null,
    port: null,
    transport: null,
    jail: 'sip-test',
    fromMs: 0,
    untilMs: HOUR,
    nth: 1,
    count: 3,
    level: 'unknown',
    evidence: 'proved',
    node: 'node-b',
    ...given,
  }
}

test('a person bans for as long as he says, and it counts as a ban', () => {
  const { decider } = decided()
  expect(decider.ban('192.0.2.1', 'manual', 10 * MINUTE, 5)).toMatchObject({
    type: 'ban',
    ban: { ip: '192.0.2.1', scope: 'address', jail: 'manual', fromMs: 5, untilMs: 5 + 10 * MINUTE, nth: 1, count: 0, node: 'node-a' },
  })
  expect(decider.decide([detectionOf({ atMs: HOUR })], HOUR)).toMatchObject([{ type: 'ban', ban: { nth: 2 } }])
  expect(decider.ban('192.0.2.2', 'manual', null, 5)).toMatchObject({ type: 'ban', ban: { untilMs: null } })
  expect(decider.ban('[2001:DB8::1]', 'manual', HOUR, 0)).toMatchObject({ ban: { ip: '2001:db8::1', prefix: '2001:db8::/64' } })
})

test('a person bans neither self nor allowed addresses, nor what is no address', () => {
  const { decider, trust } = decided()
  trust.setIgnored(['192.0.2.2'])
  expect(outcomes([decider.ban('127.0.0.1', 'manual', HOUR, 0), decider.ban('192.0.2.2', 'manual', HOUR, 0)])).toEqual(['self', 'allowed'])
  expect(() => decider.ban('example.com', 'manual', HOUR, 0)).toThrow(
    new SipguardError('ADDRESS_INVALID', "expected an IP address, got 'example.com'"),
  )
})

test('a longer ban by a person takes the place of a shorter one and is no new offence, a shorter changes nothing', () => {
  const { decider } = decided()
  decider.decide([detectionOf()], 0)
  expect(outcomes([decider.ban('192.0.2.1', 'manual', MINUTE, 0), decider.ban('192.0.2.1', 'manual', HOUR, 0)])).toEqual([
    'already-banned',
    'already-banned',
  ])
  expect(decider.ban('192.0.2.1', 'manual', 3 * HOUR, 0)).toMatchObject({ type: 'ban', ban: { nth: 1 } })
  expect(decider.active(0)).toMatchObject([{ jail: 'manual', untilMs: 3 * HOUR }])
  expect(decider.expire(HOUR)).toEqual([])
  expect(outcomes([decider.ban('192.0.2.1', 'manual', 0, HOUR)])).toEqual(['too-old'])
})

test('bans end when their time is over, each once, in order', () => {
  const { decider } = decided()
  for (const [ip, minutes] of [
    ['192.0.2.1', 3],
    ['192.0.2.2', 1],
    ['192.0.2.3', 2],
  ] as const)
    decider.ban(ip, 'manual', minutes * MINUTE, 0)
  expect(decider.expire(MINUTE - 1)).toEqual([])
  expect(decider.expire(2 * MINUTE).map(({ ip }) => ip)).toEqual(['192.0.2.2', '192.0.2.3'])
  expect(decider.expire(2 * MINUTE)).toEqual([])
  expect(decider.active(2 * MINUTE).map(({ ip }) => ip)).toEqual(['192.0.2.1'])
})

test('a ban whose time is over covers nobody, even before it is ended', () => {
  const { decider } = decided()
  decider.ban('192.0.2.1', 'manual', MINUTE, 0)
  expect([decider.find('192.0.2.1', MINUTE - 1)?.jail, decider.find('192.0.2.1', MINUTE)]).toEqual(['manual', null])
  expect(decider.active(MINUTE)).toEqual([])
})

test('unban lifts every scope that covers an address and forgets how often it was banned', () => {
  const { decider } = decided()
  const bans = [
    banned({ ip: '2001:db8::1' }),
    banned({ ip: '2001:db8::2', scope: 'prefix', prefix: '2001:db8::/64' }),
    banned({ ip: '2001:db8::1', scope: 'endpoint', port: 5060, transport: 'udp' }),
    banned({ ip: '2001:db8:0:1::1', scope: 'prefix', prefix: '2001:db8:0:1::/64' }),
    banned({ ip: '192.0.2.1' }),
  ]
  decider.restore(bans, [{ ip: '2001:db8::/64', nth: 4, untilMs: HOUR, forgetMs: WEEK }])
  const ended = decider.unban('2001:db8::1')
  expect(ended.map(({ scope }) => scope).sort()).toEqual(['address', 'endpoint', 'prefix'])
  expect(decider.active(0).map(({ ip }) => ip)).toEqual(['2001:db8:0:1::1', '192.0.2.1'])
  expect(decider.decide([detectionOf({ ip: '2001:db8::1' })], 0)).toMatchObject([{ type: 'ban', ban: { nth: 1 } }])
  expect(decider.unban('203.0.113.1')).toEqual([])
})

test('unban of exactly one target leaves what else covers it', () => {
  const { decider } = decided()
  const prefix = '2001:db8::/64'
  decider.restore([banned({ ip: '2001:db8::1' }), banned({ ip: '2001:db8::2', scope: 'prefix', prefix })], [])
  expect(decider.unban('2001:db8::1', true).map(({ scope }) => scope)).toEqual(['address'])
  expect(decider.unban('2001:db8::1', true)).toEqual([])
  expect(decider.active(0)).toMatchObject([{ prefix }])
  expect(decider.unban(prefix, true)).toMatchObject([{ prefix }])
})

test('unban takes a prefix as it was banned', () => {
  const { decider } = decided()
  decider.decide([detectionOf({ ip: '2001:db8::1' })], 0)
  expect(decider.unban('2001:DB8:0::/64').map(({ prefix }) => prefix)).toEqual(['2001:db8::/64'])
  expect(decider.decide([detectionOf({ ip: '2001:db8::1' })], 0)).toMatchObject([{ type: 'ban', ban: { nth: 1 } }])
  expect(() => decider.unban('everybody')).toThrow(new SipguardError('ADDRESS_INVALID', "expected an IP address or CIDR, got 'everybody'"))
})

test('a ban of one endpoint does not cover its address', () => {
  const { decider } = decided()
  decider.restore([banned({ scope: 'endpoint', port: 5060, transport: 'udp' })], [])
  expect(decider.find('192.0.2.1', 0)).toBeNull()
  expect(outcomes(decider.decide([detectionOf()], 0))).toEqual(['ban'])
  expect(decider.active(0)).toHaveLength(2)
})

test('of two bans that cover an address the longer is found', () => {
  const { decider } = decided()
  decider.restore(
    [banned({ ip: '2001:db8::1' }), banned({ ip: '2001:db8::2', scope: 'prefix', prefix: '2001:db8::/64', untilMs: null })],
    [],
  )
  expect(decider.find('2001:db8::1', 0)?.scope).toBe('prefix')
})

test('drain tells each change once', () => {
  const { decider } = decided()
  const [decision] = decider.decide([detectionOf()], 0)
  const ban = decision?.type === 'ban' ? decision.ban : null
  const offence = { ip: '192.0.2.1', nth: 1, untilMs: HOUR, forgetMs: HOUR + 4 * WEEK }
  const nothing = { bans: [], lifted: [], offences: [], forgiven: [] }
  expect(decider.drain()).toEqual({ ...nothing, bans: [ban], offences: [offence] })
  expect(decider.drain()).toEqual(nothing)
  decider.expire(HOUR)
  expect(decider.drain()).toEqual({ ...nothing, lifted: ['192.0.2.1'] })
  decider.expire(HOUR + 4 * WEEK)
  expect(decider.drain()).toEqual({ ...nothing, forgiven: ['192.0.2.1'] })
})

test('what is restored is not told again', () => {
  const { decider } = decided()
  decider.restore([banned({})], [{ ip: '192.0.2.1', nth: 1, untilMs: HOUR, forgetMs: WEEK }])
  expect(decider.drain()).toEqual({ bans: [], lifted: [], offences: [], forgiven: [] })
})

test('where one scope of an address ends and another stands, that one is told again', () => {
  const { decider } = decided()
  const endpoint = banned({ scope: 'endpoint', port: 5060, transport: 'udp', untilMs: MINUTE })
  decider.restore([endpoint, banned({})], [])
  expect(decider.expire(MINUTE)).toEqual([endpoint])
  expect(decider.drain()).toMatchObject({ lifted: ['192.0.2.1'], bans: [{ scope: 'address' }] })
})

test('past maxOffences the one that would be forgotten first is forgotten', () => {
  const { decider } = decided({ jails: [jailOf()], maxOffences: 2 })
  for (const [i, ip] of ['192.0.2.1', '192.0.2.2', '192.0.2.3'].entries()) decider.decide([detectionOf({ ip, atMs: i })], i)
  expect(decider.drain().forgiven).toEqual(['192.0.2.1'])
  const nths = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].reverse().map((ip) => {
    const [decision] = decider.decide([detectionOf({ ip, atMs: 2 * HOUR })], 2 * HOUR)
    return decision?.type === 'ban' && decision.ban.nth
  })
  expect(nths).toEqual([2, 2, 1])
})

test('whether an address is kept out is what the bans in force say, after any additions, ends and expiries', () => {
  const ips = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2']
  const ban = fc
    .record({
      ip: fc.constantFrom(...ips),
      scope: fc.constantFrom('address' as const, 'prefix' as const, 'endpoint' as const),
      untilMs: fc.option(fc.integer({ min: 0, max: 20 })),
    })
    .map(({ ip, scope, untilMs }) => {
      const prefix = scope === 'prefix' && ip.includes(':') ? '2001:db8::/64' : null
      const isEndpoint = scope === 'endpoint'
      return banned({ ip, untilMs, prefix, scope: isEndpoint ? scope : prefix ? 'prefix' : 'address', port: isEndpoint ? 5060 : null })
    })
  const step = fc.oneof(
    fc.record({ add: ban }),
    fc.record({ restore: ban }),
    fc.record({ end: fc.constantFrom(...ips) }),
    fc.record({ expireMs: fc.integer({ min: 0, max: 20 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const bans = new Bans()
      for (const step of steps) {
        if ('add' in step) bans.add(step.add)
        else if ('restore' in step) bans.restore(step.restore)
        else if ('end' in step) for (const ban of bans.covering(step.end)) bans.end(ban)
        else bans.expire(step.expireMs)
        for (const ip of ips) for (const nowMs of [0, 7, 20]) expect(bans.isKeptOut(ip, nowMs)).toBe(bans.find(ip, nowMs) !== null)
      }
    }),
  )
})
