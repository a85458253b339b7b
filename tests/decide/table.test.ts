import { describe, expect, test } from 'vitest'
import type { Detection } from '../../src/types.ts'
import { eventOf, HOUR, jailOf, MINUTE } from '../detect/samples.ts'
import { decided, detectionOf, doubling, outcomes } from './samples.ts'

const IP = '192.0.2.1'
const PHONES = ['1001@example.com', '1002@example.com']

/** An office of two phones, at ports 5061 and 5062, whose registrations end after an hour. */
function office(given: Parameters<typeof decided>[0] = {}) {
  const made = decided(given)
  for (const [user, port] of [['1001', 5061] as const, ['1002', 5062] as const]) {
    made.trust.learn(eventOf({ kind: 'registration', user, port, transport: 'udp', expires: 3600 }))
  }
  return made
}
/** A stranger's failures at port 6000 of the office, but for what is given. */
const failing = (given: Partial<Detection> = {}) =>
  detectionOf({ scope: 'endpoint', port: 6000, transport: 'udp', user: '2001@example.com', atMs: MINUTE, proved: false, ...given })

describe('an endpoint that fails at an address of phones', () => {
  test('is banned alone, for ten minutes, and operators are told', () => {
    const { decider } = office()
    const detection = failing()
    expect(decider.decide([detection], MINUTE)).toEqual([
      {
        type: 'alert',
        alert: {
          ...{ kind: 'phone_failing', jail: 'sip-test', key: IP, ip: IP, port: 6000, transport: 'udp', user: '2001@example.com' },
          ...{ count: 3, phones: PHONES, atMs: MINUTE },
        },
      },
      {
        type: 'ban',
        detection,
        ban: {
          ...{ ip: IP, scope: 'endpoint', prefix: null, port: 6000, transport: 'udp', jail: 'sip-test', fromMs: MINUTE },
          ...{ untilMs: 11 * MINUTE, nth: 1, count: 3, level: 'phone', evidence: 'unproved', node: 'node-a' },
        },
      },
    ])
    expect(decider.find(IP, MINUTE)).toBeNull()
  })
  test('is banned no longer the next time, and no later ban of its address grows by it', () => {
    const { decider } = office()
    for (const atMs of [0, HOUR, 2 * HOUR]) {
      expect(decider.decide([failing({ atMs })], atMs)).toContainEqual(
        expect.objectContaining({ ban: expect.objectContaining({ nth: 1, untilMs: atMs + 10 * MINUTE }) }),
      )
    }
    expect(decider.ban(IP, 'manual', HOUR, 3 * HOUR)).toMatchObject({ ban: { nth: 1 } })
  })
  test('is banned on proved evidence too, as long as few users and endpoints failed', () => {
    expect(office().decider.decide([failing({ proved: true, transport: 'tcp' })], MINUTE)).toMatchObject([
      { alert: { kind: 'phone_failing' } },
      { ban: { scope: 'endpoint', evidence: 'proved', untilMs: 11 * MINUTE } },
    ])
  })
  test.each([
    ['where somebody is registered', { port: 5061 }],
    ['where somebody may be registered, for the log does not say by which transport', { port: 5062, transport: null }],
    ['that the log does not name', { port: null, scope: 'address' }],
    ['when the whole address was counted', { scope: 'address' }],
    ['when all it did was to fail for a user under attack', { stage: 2 }],
  ] as const)('is not banned %s', (_, given) => {
    expect(outcomes(office().decider.decide([failing(given)], MINUTE))).toEqual(['phone_failing', 'phone'])
  })
  test('is banned where somebody was registered, or is over another transport', () => {
    const over = failing({ port: 5061, atMs: HOUR })
    const other = failing({ port: 5061, transport: 'tcp' })
    for (const one of [over, other]) expect(outcomes(office().decider.decide([one], one.atMs))).toEqual(['phone_failing', 'ban'])
  })
  test('is not banned for its own user: that is an old password', () => {
    for (const port of [5061, null]) {
      const decisions = office().decider.decide([failing({ port, user: PHONES[0]!, atMs: 2 * HOUR })], 2 * HOUR)
      expect(outcomes(decisions)).toEqual(['phone_old_password', 'phone'])
    }
  })
  test('is banned already where that port is, over any transport', () => {
    const { decider } = office()
    const again = (given: Partial<Detection>) => outcomes(decider.decide([failing(given)], MINUTE)).at(-1)
    expect([again({}), again({}), again({ transport: 'tcp' }), again({ port: 6001, transport: null })]).toEqual([
      'ban',
      'already-banned',
      'ban',
      'ban',
    ])
    expect([again({ port: 6001 }), again({ port: 6002 })]).toEqual(['already-banned', 'ban'])
    expect(decider.unban(IP).map(({ port, transport }) => `${port} ${transport}`)).toEqual([
      '6000 udp',
      '6000 tcp',
      '6001 null',
      '6002 udp',
    ])
  })
})

describe('an address of phones', () => {
  const sweep = failing({ sweep: 'user', scope: 'address', proved: true, transport: 'tcp', count: 6 })

  test('is banned whole when it was swept over, proved, ever longer, and an alert names the phones that it cuts off', () => {
    const { decider } = office()
    const [alert, ban] = decider.decide([sweep], MINUTE)
    expect(alert).toMatchObject({ alert: { kind: 'phones_cut_off', ip: IP, phones: PHONES, count: 6 } })
    expect(ban).toMatchObject({ ban: { ip: IP, scope: 'address', port: null, nth: 1, level: 'phone', evidence: 'proved' } })
    expect(decider.decide([{ ...sweep, atMs: 2 * HOUR }], 2 * HOUR).at(-1)).toMatchObject({ ban: { nth: 2, untilMs: 4 * HOUR } })
  })
  test('is not, where the evidence may be forged', () => {
    expect(outcomes(office().decider.decide([{ ...sweep, proved: false }], MINUTE))).toEqual(['phone_failing', 'phone'])
  })
  test('is only told of by a jail that only alerts', () => {
    const { decider } = office({ jails: [jailOf({ alertonly: true })] })
    expect(outcomes(decider.decide([sweep], MINUTE))).toEqual(['jail_full', 'alert-only'])
  })
  test('is banned on a person’s word', () => {
    expect(office().decider.ban(IP, 'manual', HOUR, 0)).toMatchObject({ ban: { scope: 'address', level: 'phone', evidence: 'request' } })
    expect(office().decider.ban(IP, 'manual', HOUR, 0, true)).toMatchObject({ type: 'skip', why: 'phone' })
  })
})

describe('a peer', () => {
  const peered = () => {
    const { decider, trust } = office()
    trust.setPeers([IP])
    return decider
  }
  test('that fails is told of, proved or not, and never banned', () => {
    for (const proved of [true, false]) {
      expect(peered().decide([failing({ proved }), failing({ proved, sweep: 'user' })], MINUTE)).toMatchObject([
        { alert: { kind: 'peer_failing', ip: IP } },
        { type: 'skip', why: 'peer', level: 'peer', evidence: proved ? 'proved' : 'unproved' },
        { type: 'skip', why: 'peer' },
      ])
    }
  })
  test('is banned on a person’s word', () => {
    expect(peered().ban(IP, 'manual', HOUR, 0)).toMatchObject({ ban: { level: 'peer', evidence: 'request' } })
    expect(peered().ban(IP, 'manual', HOUR, 0, true)).toMatchObject({ type: 'skip', why: 'peer' })
  })
})

test('of this host and of the allowed nothing is said, and nobody bans them', () => {
  for (const level of ['self', 'allowed'] as const) {
    const { decider, trust } = office()
    if (level === 'self') trust.setSelf([IP])
    else trust.setIgnored([IP])
    expect(decider.decide([failing({ proved: true, sweep: 'user' })], MINUTE)).toMatchObject([{ type: 'skip', why: level, level }])
    expect(decider.ban(IP, 'manual', HOUR, 0)).toMatchObject({ type: 'skip', why: level, evidence: 'request' })
  }
})

describe('a ban that stands when its address comes to be trusted', () => {
  const strangers = ['192.0.2.7', '2001:db8::7']
  const banned = () => {
    const made = decided()
    for (const ip of strangers) made.decider.decide([detectionOf({ ip })], 0)
    return made
  }
  const unwarranted = ({ decider }: ReturnType<typeof decided>) => decider.unwarranted(MINUTE).map(({ ip }) => ip)

  test('is no longer warranted: self, allowed or peer', () => {
    for (const trusted of ['setSelf', 'setIgnored', 'setPeers'] as const) {
      const made = banned()
      expect(unwarranted(made)).toEqual([])
      made.trust[trusted](strangers)
      expect(unwarranted(made)).toEqual(strangers)
    }
  })
  test('stays where a person asked for it, but for self and allowed', () => {
    const made = decided()
    made.decider.ban(IP, 'manual', null, 0)
    made.trust.setPeers([IP])
    expect(unwarranted(made)).toEqual([])
    made.trust.setIgnored([IP])
    expect(unwarranted(made)).toEqual([IP])
  })
  test('stays where it succeeds only after it had failed', () => {
    const made = banned()
    made.trust.learn(eventOf({ kind: 'registration', ip: '192.0.2.7', atMs: MINUTE }))
    expect(unwarranted(made)).toEqual([])
  })
})

describe('a stranger', () => {
  const unproved = (atMs: number) => detectionOf({ proved: false, atMs })

  test('is banned on unproved evidence for the longest time of such bans at most, and they do not add up', () => {
    const { decider } = decided({ jails: [{ ...doubling, bantimeMs: 24 * HOUR }] })
    for (const atMs of [0, 2 * HOUR, 4 * HOUR]) {
      expect(decider.decide([unproved(atMs)], atMs)).toMatchObject([{ ban: { nth: 1, untilMs: atMs + HOUR, evidence: 'unproved' } }])
    }
    expect(decider.decide([detectionOf({ atMs: 6 * HOUR })], 6 * HOUR)).toMatchObject([{ ban: { nth: 1, untilMs: 30 * HOUR } }])
    expect(decider.decide([detectionOf({ atMs: 40 * HOUR })], 40 * HOUR)).toMatchObject([{ ban: { nth: 2, untilMs: 88 * HOUR } }])
  })
  test('is banned on it for the jail’s bantime where that is shorter, or where there is no such time', () => {
    const short = decided({ jails: [jailOf({ bantimeMs: MINUTE })] })
    expect(short.decider.decide([unproved(0)], 0)).toMatchObject([{ ban: { untilMs: MINUTE } }])
    const long = decided({ jails: [jailOf({ bantimeMs: null })], unprovedMaxMs: null })
    expect(long.decider.decide([unproved(0)], 0)).toMatchObject([{ ban: { untilMs: null } }])
  })
})
