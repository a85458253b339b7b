import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { failure, failures, success } from '../daemon/lines.ts'
import { objects, type Run, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
const AT = Date.UTC(2026, 0, 15, 10)
const SECOND = 1000
let log: string
beforeEach(() => {
  log = join(newDirectory(), 'a.log')
})

/** Replays these lines in the order of their times, compared under other settings. */
function compare(lines: string, settings: readonly string[], ...options: string[]): Promise<Run> {
  const sorted = lines
    .split('\n')
    .slice(0, -1)
    .sort((a, b) => (a.slice(0, 26) < b.slice(0, 26) ? -1 : a.slice(0, 26) > b.slice(0, 26) ? 1 : 0))
  writeFileSync(log, sorted.map((line) => `${line}\n`).join(''))
  const sets = settings.flatMap((setting) => ['--set', setting])
  return sipguard(['replay', log, '--tz', 'UTC', ...sets, ...options], { env: { TZ: 'UTC' } })
}
const whatIf = ({ out }: Run) => objects(out).filter(({ type }) => type === 'what-if')
const summary = ({ out }: Run) => objects(out).at(-1)

/** A guess every ten seconds: the tenth bans, 20 more come while the ban lasts. */
const guessing = (ip: string) => Array.from({ length: 30 }, (_, i) => failure(ip, { atMs: AT + i * 10 * SECOND, user: ip })).join('')
const ATTACKERS = guessing('192.0.2.1') + guessing('192.0.2.2')
/** Five wrong passwords, then the right one. */
const CLUMSY = failures(5, '198.51.100.9', { atMs: AT }) + success('198.51.100.9', { atMs: AT + 60 * SECOND })

describe('replay --set', () => {
  test('compares settings in one pass, names whom each would ban wrongly, and recommends', async () => {
    const { status, out, err } = await compare(ATTACKERS + CLUMSY, ['sip-auth.maxretry=3', 'sip-auth.maxretry=6', 'sip-auth.maxretry=40'])
    expect([status, err]).toEqual([0, ''])
    expect(out.slice(out.indexOf('setting'))).toBe(
      [
        'setting               bans  attackers stopped  guesses let through  false ban risk',
        'present settings         2             2 of 2                   20               0',
        'sip-auth.maxretry=3      3             2 of 2                    6               1',
        'sip-auth.maxretry=6      2             2 of 2                   12               0',
        'sip-auth.maxretry=40     0             0 of 2                   60               0',
        '',
        'sip-auth.maxretry=3 would ban 198.51.100.9 [sip-auth]: 1 user(s) registered or authenticated from there, all after the ban: a mended password, or a guessed one (1001@example.com)',
        '',
        'recommended: sip-auth.maxretry=6: stops 2 of 2 attackers, lets 12 guesses through instead of 20, bans nobody who ever succeeded',
        '',
      ].join('\n'),
    )
  })

  test('as JSON: an object for each group before the summary, which has the same figures of the present settings', async () => {
    const group = 'sip-auth.maxretry=6,sip-auth.findtime=20m'
    const run = await compare(ATTACKERS + CLUMSY, ['sip-auth.maxretry=3', group], '--json')
    expect(objects(run.out).map(({ type }) => type)).toEqual([
      'ban',
      'ban',
      'skip',
      'skip',
      'skip',
      'skip',
      'what-if',
      'what-if',
      'summary',
    ])
    const [strict, mild] = whatIf(run)
    const risk = { ip: '198.51.100.9', jail: 'sip-auth', why: expect.stringContaining('all after the ban'), users: ['1001@example.com'] }
    expect(strict).toEqual({
      ...{ type: 'what-if', setting: 'sip-auth.maxretry=3', bans: 3, ips: 3 },
      ...{ attackers: 2, attackers_stopped: 2, guesses_let_through: 6, false_ban_risk: [risk], recommended: false },
    })
    expect(mild).toMatchObject({ setting: group, attackers_stopped: 2, guesses_let_through: 12, false_ban_risk: [], recommended: true })
    expect(summary(run)).toEqual({
      ...{ type: 'summary', lines: 66, events: { failed_registration: 65, registration: 1 }, bans: 2, ips: 2, false_ban_risk: [] },
      ...{ attackers: 2, attackers_stopped: 2, guesses_let_through: 20, recommended: group, seconds: expect.any(Number) },
    })
  })

  test('where no other is better the present settings are kept', async () => {
    const settings = ['sip-auth.maxretry=20', 'sip-auth.maxretry=3']
    const { out } = await compare(ATTACKERS + CLUMSY, settings)
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      'recommended: keep the present settings: no other lets fewer guesses through without banning more of those who succeeded',
    )
    expect(summary(await compare(ATTACKERS + CLUMSY, settings, '--json'))).toMatchObject({ recommended: null })
  })

  test('an address that the present settings ban wrongly speaks against none; sparing it is better at the same price', async () => {
    const office = success('198.51.100.9', { atMs: AT - 8 * 864e5 }) + failures(12, '198.51.100.9', { atMs: AT })
    const stricter = await compare(ATTACKERS + office, ['sip-auth.maxretry=6'])
    expect(stricter.out).toContain('lets 12 guesses through instead of 20, bans 1 of those who succeeded, as the present settings do\n')
    const spared = await compare(ATTACKERS + office, ['sip-auth.maxretry=60', 'ignoreip+=198.51.100.9'], '--json')
    expect(whatIf(spared)).toMatchObject([
      { guesses_let_through: 60, false_ban_risk: [], recommended: false },
      { guesses_let_through: 20, false_ban_risk: [], recommended: true },
    ])
  })

  test('guesses are counted again when a ban has ended, and by the /64 of IPv6', async () => {
    const again = failures(4, '192.0.2.1', { atMs: AT }) + failures(3, '192.0.2.1', { atMs: AT + 3000 * SECOND })
    const v6 = failures(3, '2001:db8::1', { atMs: AT }) + failures(2, '2001:db8::2', { atMs: AT + 60 * SECOND })
    const run = await compare(again + v6, ['sip-auth.maxretry=3,sip-auth.bantime=10m', 'sip-auth.maxretry=4'], '--json')
    // 3 + 3 of the first, 3 of the second; its neighbour is banned with it.
    expect(whatIf(run)).toMatchObject([
      { bans: 3, ips: 2, attackers: 2, attackers_stopped: 2, guesses_let_through: 9 },
      { bans: 2, ips: 2, attackers: 2, attackers_stopped: 2, guesses_let_through: 8 },
    ])
  })

  test('a phone’s neighbour is stopped at his endpoint, and that is no risk', async () => {
    const neighbour = failures(12, '192.0.2.1', { atMs: AT, user: '2000' }).replaceAll(':5060,', ':7777,')
    const run = await compare(success('192.0.2.1', { atMs: AT - SECOND }) + neighbour, ['sip-auth.maxretry=3'], '--json')
    expect(whatIf(run)).toMatchObject([
      { bans: 1, attackers: 1, attackers_stopped: 1, guesses_let_through: 3, false_ban_risk: [], recommended: true },
    ])
  })

  test('a wrong setting ends with 2 before anything is read', async () => {
    const run = await sipguard(['replay', '/nowhere.log', '--set', 'sip-auth.maxrety=3'])
    expect(run).toEqual({
      status: 2,
      out: '',
      err: "sipguard: --set sip-auth.maxrety=3: unknown key 'maxrety', did you mean 'maxretry'?\n",
    })
  })
})
