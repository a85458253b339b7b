import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { networkOf } from '../../src/address.ts'
import { loadConfig } from '../../src/config/index.ts'
import { createJudge } from '../../src/judge.ts'
import { type Ban, EVENT_KINDS, KNOCK_REASONS, type SipEvent } from '../../src/types.ts'
import { eventOf, HOUR, MINUTE, SECOND } from '../detect/samples.ts'
import { withFewKeys } from '../few-keys.ts'

const config = withFewKeys(loadConfig(null))
const START = Date.UTC(2026, 0, 15)

/** Who is above `unknown`, in both families; the phones' /64 and the carrier's hold strangers too. */
const SELF = ['127.0.0.1', '198.51.100.1', '2001:db8:5::1']
const ALLOWED = ['198.51.100.20', '2001:db8:a::20']
const PEERS = ['198.51.100.30', '2001:db8:9::30']
const OFFICES = ['203.0.113.5', '2001:db8:1::5']
const STRANGERS = ['192.0.2.9', '2001:db8:1::bad', '2001:db8:9::bad', '2001:db8:f::9']
const IPS = [...SELF, ...ALLOWED, ...PEERS, ...OFFICES, ...STRANGERS]
const PORTS = [5060, 5061, 5062, 5063]
/** The phones of each office by their ports; the forger has an account of his own. */
const PHONES = ['1000', '1001', '1002']
const FORGER = 'mallory'

const isTrusted = (ip: string) => [...SELF, ...ALLOWED, ...PEERS, ...OFFICES].includes(ip)

/** A forged packet as a log shows it. Success needs a password: the forger has only his own. */
const forged = fc.record({
  kind: fc.constantFrom(...EVENT_KINDS),
  ip: fc.constantFrom(...IPS),
  port: fc.constantFrom(...PORTS, null),
  transport: fc.constantFrom('udp' as const, null),
  user: fc.constantFrom(...PHONES, FORGER, '2000', '2001', null),
  reason: fc.constantFrom(...KNOCK_REASONS, 'Forbidden', null),
  method: fc.constantFrom('REGISTER', 'INVITE', 'OPTIONS'),
  // Now and then a burst: what fills a jail at once.
  burst: fc.constantFrom(1, 1, 5, 12, 70),
  stepMs: fc.constantFrom(0, 1, 400, 20 * SECOND, 10 * MINUTE, 2 * HOUR),
  lateMs: fc.constantFrom(0, 0, 0, 5 * SECOND, 3 * MINUTE),
})
/** A phone registers again, perhaps from another's port after the router forgot its own; or says goodbye. */
const phoned = fc.record({
  office: fc.constantFrom(...OFFICES),
  user: fc.constantFrom(...PHONES),
  port: fc.constantFrom(...PORTS),
  expires: fc.constantFrom(60, 3600, 7200),
  leaves: fc.constantFrom(false, false, false, true),
  stepMs: fc.constantFrom(0, 1000, HOUR),
})
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: forged }, phoned), { minLength: 5, maxLength: 60, size: 'max' })
type Step = typeof steps extends fc.Arbitrary<readonly (infer One)[]> ? One : never

const SUCCESSES: readonly string[] = ['registration', 'unregistration', 'auth_success']

/** Plays them; every ban that forged events led to, with the endpoints registered at that time. */
function play(script: readonly Step[], onBan: (ban: Ban, registered: ReadonlyMap<string, number>, nowMs: number) => void): void {
  const judge = createJudge(config, 'n1')
  judge.trust.setSelf(SELF)
  judge.trust.setPeers(PEERS)
  judge.trust.setIgnored(ALLOWED)
  const registered = new Map<string, number>()
  let nowMs = START
  const phone = (ip: string, user: string, port: number, expires: number, leaves: boolean) => {
    const event = eventOf({ kind: leaves ? 'unregistration' : 'registration', ip, user, port, expires, transport: 'udp', atMs: nowMs })
    judge.judge(event, nowMs)
    registered.set(`${ip} ${port} ${user}`, leaves ? 0 : nowMs + expires * SECOND)
  }
  for (const ip of OFFICES) for (const [i, user] of PHONES.entries()) phone(ip, user, PORTS[i]!, 3600, false)
  // A phone's trust needs a success before the failure, and lines may come late.
  nowMs += 5 * MINUTE
  for (const step of script) {
    nowMs += step.stepMs
    if ('office' in step) {
      phone(step.office, step.user, step.port, step.expires, step.leaves)
      continue
    }
    const { burst, lateMs, ...given } = step
    const user = SUCCESSES.includes(given.kind) ? FORGER : given.user
    for (let i = 0; i < burst; i++) {
      const event = eventOf({ ...given, user, atMs: nowMs - lateMs + i })
      for (const decision of judge.judge(event, nowMs)) if (decision.type === 'ban') onBan(decision.ban, registered, nowMs)
    }
    judge.expire(nowMs)
  }
}

describe('whatever is forged over UDP, in whatever order', () => {
  const assert = (check: Parameters<typeof play>[1]) => {
    let bans = 0
    fc.assert(
      fc.property(steps, (script) =>
        play(script, (...given) => {
          bans++
          check(...given)
        }),
      ),
      { numRuns: 300 },
    )
    expect(bans).toBeGreaterThan(100)
  }

  test('no address of a phone, a peer, of this host or allowed is banned, and no /64 that holds one', () => {
    const networks = new Set(IPS.filter(isTrusted).map(networkOf))
    assert((ban) => {
      if (ban.scope === 'address') expect(isTrusted(ban.ip)).toBe(false)
      if (ban.scope === 'prefix') expect(networks.has(ban.prefix!)).toBe(false)
    })
  })

  test('no endpoint is banned where a phone is registered', () => {
    let endpoints = 0
    assert((ban, registered) => {
      if (ban.scope !== 'endpoint') return
      endpoints++
      for (const user of PHONES) expect(registered.get(`${ban.ip} ${ban.port} ${user}`) ?? 0).toBeLessThanOrEqual(ban.fromMs)
    })
    expect(endpoints).toBeGreaterThan(20)
  })

  test('a stranger is banned for an hour at most, each time as if for the first', () => {
    assert((ban) => {
      if (ban.scope === 'endpoint') return
      expect(ban.untilMs! - ban.fromMs).toBeLessThanOrEqual(HOUR)
      expect({ nth: ban.nth, evidence: ban.evidence }).toEqual({ nth: 1, evidence: 'unproved' })
    })
  })
})

test('failures forged before each of its registrations do not make a phone a stranger, nor free its endpoint', () => {
  const judge = createJudge(config, 'n1')
  const [ip] = OFFICES as [string]
  const banned: Ban[] = []
  const suspects: string[] = []
  const happen = (given: Partial<SipEvent> & { atMs: number }, times = 1) => {
    for (let i = 0; i < times; i++) {
      for (const decision of judge.judge(eventOf({ ip, transport: 'udp', ...given, atMs: given.atMs + i }), given.atMs + i)) {
        if (decision.type === 'ban') banned.push(decision.ban)
        else if (decision.type === 'alert' && decision.alert.kind === 'credential_suspect') suspects.push(decision.alert.user!)
      }
    }
  }
  happen({ kind: 'registration', user: '1000', atMs: START })
  for (let hour = 1; hour < 10 * 24; hour++) {
    const atMs = START + hour * HOUR
    for (const user of ['1000', '1001']) {
      happen({ user, port: 6000, atMs }, 12)
      happen({ kind: 'registration', user, atMs: atMs + SECOND, port: user === '1000' ? 5060 : 5061 })
    }
    for (const port of [5060, 5061]) happen({ user: '2000', port, atMs: atMs + MINUTE }, 12)
  }
  // Nobody was registered at port 6000, and the user who was new there was not believed at his first registration.
  expect(new Set(banned.map(({ scope, port }) => `${scope} ${port}`))).toEqual(new Set(['endpoint 6000']))
  expect(judge.trust.levelOf(ip, START + 10 * 24 * HOUR)).toBe('phone')
  expect(judge.trust.phonesAt(ip, START + 10 * 24 * HOUR)).toEqual(['1000@example.com'])
  expect(new Set(suspects)).toEqual(new Set(['1000@example.com', '1001@example.com']))
})

describe('a list with a fault', () => {
  const good = fc.constantFrom<string>('192.0.2.1', '192.0.2.0/24', '2001:db8::/32', '2001:db8::1')
  const bad = fc.constantFrom<string>(
    '',
    'x',
    '192.0.2.300',
    '192.0.2.0/33',
    '::1/129',
    'pbx.example.com',
    '0x7f.1',
    '192.0.2.1/',
    ' 192.0.2.1',
  )

  test('empties none: whatever was good before still holds', () => {
    fc.assert(
      fc.property(fc.array(good, { minLength: 1 }), fc.array(good), bad, fc.nat(5), (before, after, fault, at) => {
        const { trust } = createJudge(config, 'n1')
        const faulty = after.toSpliced(at, 0, fault)
        const entry = (cidr: string) => ({ cidr, untilMs: null, addedMs: 0, comment: null })
        const lists = [
          [(list: string[]) => trust.setSelf(list), 'self'],
          [(list: string[]) => trust.setPeers(list), 'peer'],
          [(list: string[]) => trust.setIgnored(list), 'allowed'],
          [(list: string[]) => trust.setAllowed(list.map(entry)), 'allowed'],
        ] as const
        for (const [set, level] of lists) {
          const probe = before[0]!.replace(/\/.*/, '')
          set(before)
          expect(trust.levelOf(probe, START)).toBe(level)
          expect(() => set(faulty)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }))
          expect(trust.levelOf(probe, START)).toBe(level)
          set([])
        }
      }),
    )
  })
})
