import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loadConfig, withSettings } from '../../src/config/index.ts'
import { type WhyNotFacts, whyNotJson } from '../../src/explain/why-not.ts'
import { openMemory } from '../../src/state/index.ts'
import { startGuard } from './guarding.ts'
import { failure, failures, provedFailures, success } from './lines.ts'

const MINUTE = 6e4
const START = Date.UTC(2026, 0, 15, 10, 30)
const IP = '192.0.2.7'

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC')
  vi.useFakeTimers({ now: START, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

type Started = Awaited<ReturnType<typeof startGuard>>
const shipped = { ...loadConfig(null), tz: 'UTC' }

/** What is done, the cause it leads to, and what is said of it. */
const CASES: readonly (readonly [cause: string, text: RegExp, does: (daemon: Started) => unknown])[] = [
  ['nothing-seen', /^nothing was seen of 192\.0\.2\.7 since the start/, () => {}],
  ['banned', /^192\.0\.2\.7 is banned by \[sip-auth\] since 2026-01-15 10:30:00$/, ({ feed }) => feed(failures(10, IP))],
  ['below-threshold', /^\[sip-auth\] has 4 of 10: 6 more within 5m would ban it$/, ({ feed }) => feed(failures(4, IP))],
  [
    'allowed',
    /^192\.0\.2\.7 is allowed \(allow list: 192\.0\.2\.0\/24, the office\)$/,
    async ({ feed, control }) => {
      await control.allow('192.0.2.0/24', { forMs: null, comment: 'the office' })
      feed(failures(10, IP))
    },
  ],
  ['allowed', /is allowed \(ignoreip: 192\.0\.2\.7\)$/, ({ guard }) => guard.pipeline.judge.trust.setIgnored([IP])],
  [
    'self',
    /is an address of this host or fleet \(192\.0\.2\.0\/28\)$/,
    ({ guard }) => guard.pipeline.judge.trust.setSelf(['192.0.2.0/28']),
  ],
  [
    'peer',
    /is a peer \(peers: 192\.0\.2\.7\)/,
    ({ guard, feed }) => {
      guard.pipeline.judge.trust.setPeers([IP])
      feed(failures(10, IP))
    },
  ],
  [
    'phone',
    /^\[sip-auth\] was full at .*a phone is known at this address/,
    ({ feed }) => {
      feed(success(IP, { atMs: START - 10 * MINUTE }))
      feed(failures(10, IP))
    },
  ],
  [
    'phone',
    /^a phone is known at this address: its failures count for each of its ports/,
    ({ feed }) => {
      feed(success(IP, { atMs: START - 10 * MINUTE }))
      feed(failures(3, IP))
    },
  ],
  [
    'not-counted',
    /^nothing that was seen of 192\.0\.2\.7 counts: 2 × a success$/,
    ({ feed }) => feed(success(IP, { user: '1' }) + success(IP)),
  ],
  [
    'too-old',
    /^\[sip-auth\] was full at 2026-01-15 08:30:00, but its lines were read so late/,
    ({ feed }) => feed(failures(10, IP, { atMs: START - 120 * MINUTE })),
  ],
  [
    'too-slow',
    /^4 lines counted, the last one at 2026-01-15 10:30:00: never enough within/,
    ({ feed }) => {
      feed(failures(4, IP))
      vi.setSystemTime(START + 60 * MINUTE)
    },
  ],
  [
    'lifted',
    /^somebody ended the ban of 192\.0\.2\.7 by \[sip-auth\] at 2026-01-15 10:31:00, and nothing has counted since$/,
    async ({ feed, control }) => {
      feed(failures(10, IP))
      vi.setSystemTime(START + MINUTE)
      await control.unban(IP)
    },
  ],
  [
    'over',
    /^the ban of 192\.0\.2\.7 by \[sip-auth\] is over since 2026-01-15 11:30:00/,
    ({ feed, guard }) => {
      feed(provedFailures(10, IP, START))
      vi.setSystemTime(START + 61 * MINUTE)
      guard.tick()
    },
  ],
  [
    'cleared',
    /^somebody unbanned it at 2026-01-15 10:31:00: what had counted before counts no longer$/,
    async ({ feed, control }) => {
      feed(failures(4, IP))
      vi.setSystemTime(START + MINUTE)
      await control.unban(IP)
    },
  ],
  [
    'not-enforced',
    /is banned by \[sip-auth\] since .*, but fake does not have it: /,
    ({ feed, firewall }) => {
      firewall.mood = 'refuses'
      feed(failures(10, IP))
    },
  ],
]

describe('why an address is not banned', () => {
  for (const [cause, text, does] of CASES) {
    test(`${cause}: ${text.source}`, async () => {
      const daemon = await startGuard()
      await does(daemon)
      const told = await daemon.control.whyNot(IP)
      expect(told).toMatchObject({ ip: IP, cause, text: expect.stringMatching(text) })
      expect(told.banned).toBe(['banned', 'not-enforced'].includes(cause))
    })
  }

  test('alert-only: a jail that only alerts', async () => {
    const { control, feed } = await startGuard(openMemory(), withSettings(shipped, 'jail.alertonly=true'))
    feed(failures(10, IP))
    expect(await control.whyNot(IP)).toMatchObject({ cause: 'alert-only', text: expect.stringContaining('but that jail only alerts') })
  })

  test('no-window: a line that counts, and no jail looks at it', async () => {
    const jails = shipped.jails.filter(({ kinds }) => !kinds.includes('failed_registration'))
    const { control, feed } = await startGuard(openMemory(), { jails })
    feed(failure(IP))
    expect(await control.whyNot(IP)).toMatchObject({
      cause: 'no-window',
      text: expect.stringMatching(/^1 line counted, .*no jail looks at such lines$/),
    })
  })

  test('spared: the jail’s window is full, and the address had a success', async () => {
    const { control, feed } = await startGuard(openMemory(), withSettings(shipped, 'sip-auth.unless=success,sip-enum.maxretry=100'))
    feed(success('2001:db8::9') + failures(10, '2001:db8::7'))
    expect(await control.whyNot('2001:db8::7')).toMatchObject({ cause: 'spared', text: expect.stringContaining('had a success within 5m') })
    expect((await control.why('2001:db8::7')).not_counted).toMatchObject([{ why: 'unless', count: 10, lines: { length: 3 } }])
  })

  test('after a ban is over, what counts since is told', async () => {
    const { control, feed, guard } = await startGuard()
    feed(provedFailures(10, IP, START))
    vi.setSystemTime(START + 61 * MINUTE)
    guard.tick()
    feed(failures(2, IP))
    expect(await control.whyNot(IP)).toMatchObject({ cause: 'below-threshold' })
  })
})

describe('what to do about it', () => {
  test('names the entry that allows it, and for ignoreip: the configuration', async () => {
    const { control, guard } = await startGuard()
    await control.allow('192.0.2.0/24', { forMs: null, comment: 'the office, first floor' })
    expect((await control.whyNot(IP)).remedy).toBe('take the entry out: sipguard allow rm 192.0.2.0/24')
    await control.disallow('192.0.2.0/24')
    guard.pipeline.judge.trust.setIgnored([IP])
    expect((await control.whyNot(IP)).remedy).toBe('take the entry out of ignoreip: in the configuration')
  })

  test('of a ban names what shows it and what lifts it', async () => {
    const { control, feed } = await startGuard()
    feed(failures(10, IP))
    expect((await control.whyNot(IP)).remedy).toBe('sipguard why 192.0.2.7 shows what led to it, sipguard unban 192.0.2.7 lifts it')
  })
})

test('after an unban that allowed it, nothing of what led to the ban is told as counted, or as not counted', async () => {
  const { control, feed } = await startGuard()
  feed(failures(11, IP))
  vi.setSystemTime(START + MINUTE)
  await control.unban(IP, { forMs: null, comment: null })
  expect(await control.why(IP)).toMatchObject({ level: 'allowed', bans: [{ lines: { length: 10 } }], windows: [], not_counted: [] })
  vi.setSystemTime(START + 2 * MINUTE)
  feed(failure(IP))
  expect(await control.why(IP)).toMatchObject({ not_counted: [{ why: 'allowed' }] })
})

describe('by facts alone', () => {
  const facts: WhyNotFacts = {
    ...{
      ip: IP,
      nowMs: START,
      level: 'unknown',
      by: null,
      allowEntry: null,
      backend: 'nftables',
      lastError: null,
      bans: [],
      seen: null,
      windows: [],
    },
    ...{ forgottenUntilMs: Number.NEGATIVE_INFINITY, troubles: [] },
  }

  test('source-trouble: nothing was seen, and a log is not read', () => {
    expect(whyNotJson({ ...facts, troubles: ['/var/log/sip.log: permission denied'] })).toMatchObject({
      cause: 'source-trouble',
      text: 'nothing was seen of 192.0.2.7, and not everything is read: /var/log/sip.log: permission denied',
    })
  })
})
