import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadConfig, withSettings } from '../../src/config/index.ts'
import type { Config, Jail } from '../../src/config/types.ts'
import type { BanEvidence } from '../../src/kept.ts'
import { root } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { evidenceOf, writtenBundle } from './bundles.ts'

const newDirectory = temporaryDirectories()
const shipped = { ...loadConfig(null), tz: 'UTC' }
const FIXTURES = join(root, 'fixtures/jails')

/** The ban is decided again by its bundle, and its address is banned by none of its lines less. */
function expectReplayed(config: Config, evidence: BanEvidence): void {
  const { ban } = evidence
  const { events, replay } = writtenBundle(join(newDirectory(), 'bundle'), config, evidence)
  // Somebody else's line that put a user under attack may get him banned too.
  const ownBans = (some: typeof events) => replay(some).filter(({ ip }) => ip === ban.ip)
  expect(ownBans(events)).toEqual([ban])
  events.forEach((_, i) => {
    expect(ownBans(events.toSpliced(i, 1)), `without line ${i + 1} of ${ban.jail}`).toEqual([])
  })
}

describe('the bundle of every ban in fixtures/jails', () => {
  for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith('.log'))) {
    test(`${file}: decides it again, and without any one of its lines does not`, () => {
      const lines = readFileSync(join(FIXTURES, file), 'utf8').split('\n')
      const marked = lines.filter((line) => line.startsWith('# ban: ')).length
      const found = evidenceOf(
        shipped,
        lines.filter((line) => line !== '' && !line.startsWith('#')),
      )
      expect(found).toHaveLength(marked)
      for (const evidence of found) expectReplayed(shipped, evidence)
    })
  }
})

const AT = Date.UTC(2026, 0, 15)
const THEN = { by: ['user', 'ip'] as const, maxretry: 2, findtimeMs: 60_000, bantimeMs: 36e5 }
const jails = fc.record({
  maxretry: fc.integer({ min: 1, max: 6 }),
  findtimeMs: fc.constantFrom(10_000, 60_000),
  distinct: fc.constantFrom(null, 'user' as const),
  increment: fc.constantFrom(null, { factor: 2, maxtimeMs: 864e5 }),
  bantimeMs: fc.constantFrom(null, 600_000, 86_400_000),
  // biome-ignore lint/suspicious/noThenProperty: a jail's key
  then: fc.constantFrom(null, THEN),
})
interface Attempt {
  readonly afterMs: number
  readonly host: number
  readonly v6: boolean
  readonly user: number
  readonly proved: boolean
  readonly succeeds: boolean
}
const from = (host: number, v6: boolean, user: number, proved = false): Attempt => ({ afterMs: 0, host, v6, user, proved, succeeds: false })
const SHORT = { maxretry: 2, findtimeMs: 10_000, increment: null, bantimeMs: null } as const
// biome-ignore lint/suspicious/noThenProperty: a jail's key
const ONE_STAGE = { ...SHORT, distinct: 'user', then: null } as const
// biome-ignore lint/suspicious/noThenProperty: a jail's key
const TWO_STAGES = { ...SHORT, distinct: null, then: THEN } as const
const attempt: fc.Arbitrary<Attempt> = fc.record({
  afterMs: fc.integer({ min: 0, max: 20_000 }),
  host: fc.integer({ min: 1, max: 3 }),
  v6: fc.boolean(),
  user: fc.integer({ min: 1, max: 4 }),
  proved: fc.boolean(),
  succeeds: fc.constantFrom(false, false, false, true),
})

function linesOf(events: readonly Attempt[]): string[] {
  let atMs = AT
  return events.map(({ afterMs, host, v6, user, proved, succeeds }) => {
    atMs += afterMs
    const ip = v6 ? `[2001:db8:${host}::7]` : `192.0.2.${host}`
    const proto = proved ? 'tcp' : 'udp'
    const prefix = `${new Date(atMs).toISOString().replace('Z', '000+00:00')} sbc1 opensips[812]: `
    return succeeds
      ? `${prefix}NOTICE:Registered: ip=${ip}:5060 proto=${proto} expires=60 user=100${user} domain=example.com contact=<sip:a@b> ua=x`
      : `${prefix}WARNING:Auth failed: ip=${ip}:5070 proto=${proto} method=REGISTER rc=-1 user=100${user} realm=example.com ua=\xe9`
  })
}

test('whatever the jail and the lines, each ban’s bundle decides it again, and without any one of its lines does not', () => {
  fc.assert(
    fc.property(jails, fc.array(attempt, { maxLength: 60 }), (keys, given) => {
      const jail: Jail = {
        ...shipped.jails.find(({ name }) => name === 'sip-auth')!,
        ...keys,
        ...(keys.then && { by: ['user'], distinct: 'ip' }),
      }
      const config = {
        ...withSettings(shipped, 'ignoreip+=2001:db8:2::1'),
        jails: [jail, ...shipped.jails.filter(({ name }) => name !== jail.name)],
      }
      for (const evidence of evidenceOf(config, linesOf(given))) if (evidence.ban.jail === jail.name) expectReplayed(config, evidence)
    }),
    {
      numRuns: 25,
      examples: [
        // The same user again, where different ones count.
        [ONE_STAGE, [from(2, true, 3), from(2, true, 3), from(2, true, 1)]],
        // Who puts the user under attack falls himself.
        [TWO_STAGES, [from(3, true, 3), from(1, false, 3, true), from(3, true, 3)]],
      ],
    },
  )
})
