import { describe, expect, test } from 'vitest'
import { status } from '../../src/cli/verbs/status.ts'
import { AT, aBan } from '../api/fake-control.ts'
import { anAddressReport, anEventRow, aUserReport, aUserRow, everythingRecorded } from '../api/records-samples.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

const running = fakeDaemon()

const run = (...argv: string[]) => runVerbs([status], ...argv, '--state', running().stateDir)

describe('status of an address', () => {
  test('is everything on one screen, and what to do next', async () => {
    running().control.address = anAddressReport({
      ...{
        level: 'phone',
        bans: [aBan()],
        nth: 2,
        phones: ['1001@example.com'],
        country: 'DE',
        asn: { number: 64496, name: 'Example Net' },
      },
      recorded: everythingRecorded(),
    })
    expect((await run('status', '192.0.2.7')).out).toBe(
      `192.0.2.7: an address of phones; DE, AS64496 Example Net

address    jail      since                remaining  nth  count
192.0.2.7  sip-auth  2026-01-15 10:30:45  50m          1     10
banned 2 times so far

phones known there: 1001@example.com

events
time                 kind                 address                  user              what                       times  user agent
2026-01-15 10:30:45  failed_registration  192.0.2.7 port 5060/udp  1001@example.com  REGISTER 403 Forbidden         1  friendly-scanner
2026-01-15 10:30:45  door_knock           192.0.2.7 port 5060/udp  @example.com      REGISTER domain_not_found     12  friendly-scanner

earlier bans
address    jail      since                until                nth  lifted
192.0.2.7  sip-auth  2026-01-15 10:30:45  2026-01-15 11:30:45    2  2026-01-15 10:31:45

registrations
user              contact                  from            registered           expires  user agent
1001@example.com  sip:1001@192.0.2.7:5060  192.0.2.7:5060  2026-01-15 10:30:45  in 50m   Yealink

devices
extension  mac                address    status      device                      where                    last registered
1001       00:15:65:12:34:56  192.0.2.7  registered  Yealink SIP-T46S 66.85.0.5  DE, AS64496 Example Net  2026-01-15 10:30:45

what devices were before
until                extension  mac           address    user agent
2026-01-15 10:30:45  1002       001565123456  192.0.2.9

let it in again         sipguard unban 192.0.2.7 --state ${running().stateDir}
and allow it for a day  sipguard unban 192.0.2.7 --allow --for 1d --state ${running().stateDir}
`,
    )
  })
  test('of which nothing is known offers to ban it or to allow it', async () => {
    expect((await run('status', '2001:DB8::7')).out).toBe(
      `2001:db8::7: unknown, nothing speaks for it

not banned

nothing is recorded

ban it        sipguard ban 2001:db8::7 --for 1d --state ${running().stateDir}
never ban it  sipguard allow add 2001:db8::7 --state ${running().stateDir}
`,
    )
  })
  test('that is allowed says by what and for how long', async () => {
    const allowed = { cidr: '192.0.2.0/24', untilMs: AT + 36e5, addedMs: AT, comment: 'the \x1boffice' }
    running().control.address = anAddressReport({ level: 'allowed', allowed, recorded: null })
    running().control.database.trouble = 'records: off'
    expect((await run('status', '192.0.2.7')).out).toBe(
      `192.0.2.7: allowed, so nothing bans it

not banned

allowed by 192.0.2.0/24 for another 50m (the \\x1boffice)

nothing is recorded: records: off

no longer allow it  sipguard allow rm 192.0.2.0/24 --state ${running().stateDir}
`,
    )
    running().control.address = anAddressReport({ level: 'allowed', recorded: null })
    expect((await run('status', '192.0.2.7')).out).toContain('allowed by ignoreip: of the configuration')
  })
  test('a ban in force stands above, and not among the earlier ones', async () => {
    const [past] = everythingRecorded().bans
    const standing = { ...past!, liftedAtMs: null, ban: aBan({ untilMs: null }) }
    const nothingElse = { events: [], registrations: [], devices: [], changes: [] }
    running().control.address = anAddressReport({ bans: [aBan()], nth: 1, recorded: { ...nothingElse, bans: [standing] } })
    expect((await run('status', '192.0.2.7')).out).not.toContain('earlier bans')
    running().control.address = anAddressReport({ bans: [aBan()], nth: 1, recorded: { ...nothingElse, bans: [standing, past!] } })
    expect((await run('status', '192.0.2.7')).out.match(/earlier bans\n.*\n.*sip-auth.*\n\n/)).not.toBeNull()
  })
  test('long lists are cut, and what is left out is said', async () => {
    const recorded = { ...everythingRecorded(), events: Array.from({ length: 12 }, () => anEventRow()) }
    running().control.address = anAddressReport({ recorded })
    const { out } = await run('status', '192.0.2.7')
    expect(out.match(/failed_registration/g)).toHaveLength(10)
    expect(out).toContain('and 2 more (--json lists them)')
    expect(out).toContain('see more of its events  sipguard events --ip 192.0.2.7')
  })
  test('as JSON is what the API says, as CSV one list', async () => {
    running().control.address = anAddressReport({ nth: 1, phones: ['1001@example.com'], recorded: everythingRecorded() })
    expect(JSON.parse((await run('status', '192.0.2.7', '--json')).out)).toMatchObject({ nth: 1, recorded: { events: [{}, {}] } })
    expect((await run('status', '192.0.2.7', '--csv')).out.split('\r\n')).toEqual([
      'what,at,until,kind,ip,user,domain,code,reason,number,mac,user_agent,contact',
      'address,,,unknown,192.0.2.7,,,,,1,,,',
      'phone,,,,192.0.2.7,1001@example.com,,,,,,,',
      'event,2026-01-15T10:30:45.000Z,,failed_registration,192.0.2.7,1001,example.com,403,Forbidden,1,,friendly-scanner,',
      'event,2026-01-15T10:30:45.000Z,,door_knock,192.0.2.7,,example.com,,domain_not_found,12,,friendly-scanner,',
      'ban,2026-01-15T10:30:45.000Z,2026-01-15T10:31:45.000Z,sip-auth,192.0.2.7,,,,,2,,,',
      'registration,2026-01-15T10:30:45.000Z,2026-01-15T11:30:45.000Z,,192.0.2.7:5060,1001,example.com,,,,,Yealink,sip:1001@192.0.2.7:5060',
      'device,2026-01-15T10:30:45.000Z,,registered,192.0.2.7,1001,,,,,001565123456,Yealink SIP-T46S 66.85.0.5,sip:1001@192.0.2.7:5060',
      'change,,2026-01-15T10:30:45.000Z,,192.0.2.9,1002,,,,,001565123456,,',
      '',
    ])
  })
  test('--csv without one, and nonsense, are usage errors', async () => {
    expect(await run('status', '--csv')).toMatchObject({ err: 'expected an address, user@domain or --fleet with --csv', exitStatus: 2 })
    expect(await run('status', '1001')).toMatchObject({
      error: { code: 'ADDRESS_INVALID' },
      err: "expected an IP address such as 192.0.2.7 or 2001:db8::7, or a user such as 1001@example.com, got '1001'",
      exitStatus: 2,
    })
    expect((await run('status', '@example.com')).exitStatus).toBe(2)
  })
})

describe('status of a user', () => {
  test('is everything on one screen, and whom to look at next', async () => {
    running().control.user = aUserReport({
      ...{ addresses: ['198.51.100.9'], status: aUserRow({ status: 'failed', lastFailedAtMs: AT, lastResponseCode: 403, failures24h: 1 }) },
      recorded: { events: [anEventRow()], bans: [], registrations: [], devices: [], changes: [] },
    })
    expect((await run('status', '1001@example.com')).out).toBe(
      `1001@example.com

user  domain       status  registered           last failed          code  failures 24h  contacts
1001  example.com  failed  2026-01-15 10:30:45  2026-01-15 10:30:45   403             1         1

known at 198.51.100.9

events
time                 kind                 address                  user              what                    times  user agent
2026-01-15 10:30:45  failed_registration  192.0.2.7 port 5060/udp  1001@example.com  REGISTER 403 Forbidden      1  friendly-scanner

see that address     sipguard status 198.51.100.9 --state ${running().stateDir}
see who failed last  sipguard status 192.0.2.7 --state ${running().stateDir}
see more failures    sipguard events --user=1001 --domain example.com --state ${running().stateDir}
`,
    )
  })
  test('tells the bans at the known addresses, those in force too', async () => {
    const bans = [{ ban: aBan({ untilMs: null }), liftedAtMs: null }]
    running().control.user = aUserReport({ addresses: ['192.0.2.7'], recorded: { ...everythingRecorded(), bans } })
    expect((await run('status', '1001@example.com')).out).toMatch(/\n\nbans\naddress .*\n192\.0\.2\.7 +sip-auth .*for ever/)
  })
  test('who is in no table is told apart from records that are away', async () => {
    running().control.user = aUserReport({ recorded: { events: [], bans: [], registrations: [], devices: [], changes: [] } })
    expect((await run('status', '1001@example.com')).out).toMatch(/^1001@example.com: in no table\n/)
    running().control.user = aUserReport()
    expect((await run('status', '1001@example.com')).out).toMatch(
      /^1001@example.com\n(?:.*\n)*nothing is recorded: the records cannot be read/,
    )
  })
  test('as CSV', async () => {
    running().control.user = aUserReport({ addresses: ['192.0.2.7'], status: aUserRow() })
    expect((await run('status', '1001@example.com', '--csv')).out.split('\r\n').slice(1, 3)).toEqual([
      'user,2026-01-15T10:30:45.000Z,,registered,,1001,example.com,,,,,,',
      'phone,,,,192.0.2.7,1001,example.com,,,,,,',
    ])
  })
})
