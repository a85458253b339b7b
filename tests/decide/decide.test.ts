import { expect, test } from 'vitest'
import { HOUR, jailOf, MINUTE, SECOND } from '../detect/samples.ts'
import { DAY, decided, detectionOf, doubling, outcomes, WEEK } from './samples.ts'

test('a full window bans its address from its newest event on, for the bantime', () => {
  const { decider } = decided()
  const detection = detectionOf({ atMs: 5 * SECOND })
  expect(decider.decide([detection], 6 * SECOND)).toEqual([
    {
      type: 'ban',
      detection,
      ban: {
        ip: '192.0.2.1',
        scope: 'address',
        prefix: null,
        port: null,
        transport: null,
        jail: 'sip-test',
        fromMs: 5 * SECOND,
        untilMs: 5 * SECOND + HOUR,
        nth: 1,
        count: 3,
        level: 'unknown',
        evidence: 'proved',
        node: 'node-a',
      },
    },
  ])
})

test('an IPv6 address is banned by its /64, unless somebody trusted is in there', () => {
  const { decider, trust } = decided()
  trust.setIgnored(['2001:db8:2::7'])
  const bans = ['2001:db8:1::1', '2001:db8:2::1'].map((ip) => {
    const [decision] = decider.decide([detectionOf({ ip })], 0)
    return decision?.type === 'ban' && [decision.ban.ip, decision.ban.scope, decision.ban.prefix]
  })
  expect(bans).toEqual([
    ['2001:db8:1::1', 'prefix', '2001:db8:1::/64'],
    ['2001:db8:2::1', 'address', null],
  ])
  expect(decider.find('2001:db8:1::ffff', 0)?.prefix).toBe('2001:db8:1::/64')
  expect(decider.find('2001:db8:2::ffff', 0)).toBeNull()
})

test('self and allowed addresses are never banned', () => {
  const { decider, trust } = decided()
  trust.setSelf(['192.0.2.1'])
  trust.setAllowed([{ cidr: '192.0.2.2', untilMs: 10 * SECOND, addedMs: 0, comment: null }])
  expect(outcomes(decider.decide([detectionOf({ ip: '192.0.2.1' })], 0))).toEqual(['self'])
  expect(outcomes(decider.decide([detectionOf({ ip: '192.0.2.2' })], 0))).toEqual(['allowed'])
  expect(outcomes(decider.decide([detectionOf({ ip: '192.0.2.2' })], 10 * SECOND))).toEqual(['ban'])
})

test('each further ban of an address is longer by the factor, up to maxtime', () => {
  const { decider } = decided()
  const lengths: unknown[] = []
  for (let i = 0, nowMs = 0; i < 12; i++) {
    const [decision] = decider.decide([detectionOf({ atMs: nowMs })], nowMs)
    if (decision?.type !== 'ban') throw new Error('expected a ban')
    lengths.push([decision.ban.nth, (decision.ban.untilMs! - nowMs) / HOUR])
    nowMs = decision.ban.untilMs!
  }
  expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 672, 672].map((hours, i) => [i + 1, hours]))
})

test('a jail without increment bans for its bantime each time', () => {
  const { decider } = decided({ jails: [jailOf()] })
  decider.decide([detectionOf()], 0)
  const [second] = decider.decide([detectionOf({ atMs: 2 * HOUR })], 2 * HOUR)
  expect(second).toMatchObject({ type: 'ban', ban: { nth: 2, untilMs: 3 * HOUR } })
})

test('a bantime of -1 bans for ever', () => {
  const { decider } = decided({ jails: [jailOf({ bantimeMs: null })] })
  expect(decider.decide([detectionOf()], 900 * WEEK)).toMatchObject([{ type: 'ban', ban: { untilMs: null } }])
  expect(decider.expire(10_000 * WEEK)).toEqual([])
  expect(decider.find('192.0.2.1', 10_000 * WEEK)?.untilMs).toBeNull()
})

test('bans are counted over all jails, IPv6 by the /64', () => {
  const { decider } = decided({ jails: [doubling, jailOf({ name: 'other' })] })
  decider.decide([detectionOf({ ip: '2001:db8::1' })], 0)
  const [second] = decider.decide([detectionOf({ ip: '2001:db8::2', jail: 'other', atMs: 2 * HOUR })], 2 * HOUR)
  expect(second).toMatchObject({ type: 'ban', ban: { nth: 2 } })
})

test('how often an address was banned is forgotten maxtime after the ban ended, 4 weeks where the jail has none', () => {
  const hour = { factor: 2, maxtimeMs: HOUR }
  for (const [increment, memoryMs] of [
    [hour, HOUR],
    [null, 4 * WEEK],
  ] as const) {
    for (const [after, nth] of [
      [memoryMs - 1, 2],
      [memoryMs, 1],
    ] as const) {
      for (const expiring of [false, true]) {
        const { decider } = decided({ jails: [jailOf({ increment })] })
        decider.decide([detectionOf()], 0)
        const nowMs = HOUR + after
        if (expiring) decider.expire(nowMs)
        expect(decider.decide([detectionOf({ atMs: nowMs })], nowMs)).toMatchObject([{ type: 'ban', ban: { nth } }])
      }
    }
  }
})

test('a ban that would be over is too old, and does not count as one', () => {
  const { decider } = decided()
  expect(outcomes(decider.decide([detectionOf()], HOUR))).toEqual(['too-old'])
  expect(decider.decide([detectionOf({ atMs: HOUR })], HOUR)).toMatchObject([{ type: 'ban', ban: { nth: 1 } }])
})

test('an address that is banned already is not banned again, nor is its /64', () => {
  const { decider } = decided()
  decider.decide([detectionOf(), detectionOf({ ip: '2001:db8::1' })], 0)
  expect(outcomes(decider.decide([detectionOf(), detectionOf({ ip: '2001:db8::2' })], 1))).toEqual(['already-banned', 'already-banned'])
  expect(outcomes(decider.decide([detectionOf({ atMs: HOUR })], HOUR))).toEqual(['ban'])
})

test('of all jails that one line fills the longest ban wins', () => {
  const jails = [jailOf({ name: 'hour' }), jailOf({ name: 'day', bantimeMs: DAY }), jailOf({ name: 'minute', bantimeMs: MINUTE })]
  const { decider } = decided({ jails })
  const decisions = decider.decide(
    jails.map(({ name }) => detectionOf({ jail: name })),
    0,
  )
  expect(decisions).toMatchObject([{ type: 'ban', ban: { jail: 'day', nth: 1, untilMs: DAY } }])
  expect(decider.active(0)).toHaveLength(1)
})

test('a jail that only alerts, and the first stage of one with two, never ban', () => {
  const second = { by: ['user', 'ip'], maxretry: 2, findtimeMs: HOUR, bantimeMs: DAY } as const
  const { decider } = decided({
    jails: [jailOf({ name: 'rate', alertonly: true }), jailOf({ name: 'stuffing', second, increment: doubling.increment })],
  })
  expect(outcomes(decider.decide([detectionOf({ jail: 'rate' }), detectionOf({ jail: 'stuffing' })], 0))).toEqual([
    'jail_full',
    'jail_full',
    'alert-only',
    'alert-only',
  ])
  expect(decider.decide([detectionOf({ jail: 'stuffing', stage: 2 })], 0)).toMatchObject([{ type: 'ban', ban: { untilMs: DAY } }])
  expect(decider.decide([detectionOf({ jail: 'stuffing', stage: 2, atMs: DAY })], DAY)).toMatchObject([
    { type: 'ban', ban: { untilMs: 3 * DAY } },
  ])
})

test('a detection of a jail that is gone is nobody’s; bans of removed jails stay', () => {
  const { decider } = decided()
  decider.decide([detectionOf()], 0)
  decider.reconfigure([jailOf({ name: 'new', bantimeMs: MINUTE })], HOUR)
  expect(decider.decide([detectionOf({ ip: '192.0.2.2' })], 0)).toEqual([])
  expect(decider.find('192.0.2.1', 0)?.jail).toBe('sip-test')
  expect(decider.decide([detectionOf({ ip: '192.0.2.2', jail: 'new' })], 0)).toMatchObject([{ ban: { untilMs: MINUTE } }])
})
