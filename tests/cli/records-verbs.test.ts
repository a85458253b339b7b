import { describe, expect, test } from 'vitest'
import { events } from '../../src/cli/verbs/events.ts'
import { phones } from '../../src/cli/verbs/phones.ts'
import { status } from '../../src/cli/verbs/status.ts'
import { users } from '../../src/cli/verbs/users.ts'
import { SipguardError } from '../../src/errors.ts'
import { AT } from '../api/fake-control.ts'
import { anAddressReport, anEventRow, aPhone, aUserReport, aUserRow, everythingRecorded, HOSTILE } from '../api/records-samples.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

const running = fakeDaemon()

const run = (...argv: string[]) => runVerbs([phones, users, events, status], ...argv, '--state', running().stateDir)
const lastCall = () => running().control.calls.at(-1)
const database = () => running().control.database

describe('phones', () => {
  test('is a table for people, with and without the word list', async () => {
    database().phones.push(
      aPhone(),
      aPhone(
        { mac: null, extension: '1002', userAgent: 'softphone', ip: '2001:db8::7' },
        { vendor: null, model: null, firmware: null, status: 'expired', stale: true, flapping: true, country: null, asn: null },
      ),
    )
    const { out } = await run('phones')
    expect(out).toBe(
      [
        'extension  mac                address      status                    device                      where                    last registered',
        '1001       00:15:65:12:34:56  192.0.2.7    registered                Yealink SIP-T46S 66.85.0.5  DE, AS64496 Example Net  2026-01-15 10:30:45',
        '1002                          2001:db8::7  expired, stale, flapping  softphone                                            2026-01-15 10:30:45',
        '',
      ].join('\n'),
    )
    expect((await run('phones', 'list')).out).toBe(out)
  })
  test('list is narrowed by MAC and address', async () => {
    expect((await run('phones', 'list', '--mac', '00-15-65-12-34-56', '--ip', '192.0.2.7')).out).toBe('no such phone\n')
    expect(lastCall()).toEqual(['phones', { mac: '00-15-65-12-34-56', ip: '192.0.2.7' }])
    expect((await run('phones')).out).toBe('no phones\n')
  })
  test('show is of one extension', async () => {
    database().phones.push(aPhone())
    const { out } = await run('phones', 'show', '1001/x', '--json')
    expect(JSON.parse(out)).toMatchObject({ mac_address: '001565123456', extension_number: '1001', as_name: 'Example Net' })
    expect(lastCall()).toEqual(['phones', { extension: '1001/x' }])
  })
  test('--csv has a line of names and a record a phone', async () => {
    database().phones.push(aPhone())
    expect((await run('phones', '--csv')).out).toBe(
      [
        'id,mac_address,extension_number,user_agent,ip_address,first_registered,last_registered,contact_uri,vendor,model,firmware,status,stale,flapping,country,asn,as_name\r\n',
        '1,001565123456,1001,Yealink SIP-T46S 66.85.0.5,192.0.2.7,2026-01-14T10:30:45.000Z,2026-01-15T10:30:45.000Z,sip:1001@192.0.2.7:5060,Yealink,SIP-T46S,66.85.0.5,registered,false,false,DE,64496,Example Net\r\n',
      ].join(''),
    )
  })
  test('--json and --csv at once are a usage error', async () => {
    expect((await run('phones', '--json', '--csv')).exitStatus).toBe(2)
  })
  test('move says how many rows moved; an unknown phone is reported', async () => {
    database().phones.push(aPhone())
    expect((await run('phones', 'move', '0015.6512.3456', '1002')).out).toBe('moved 0015.6512.3456 to 1002 (1 row)\n')
    expect(lastCall()).toEqual(['move', '0015.6512.3456', '1002'])
    database().phones.splice(0)
    expect(await run('phones', 'move', '001565123456', '1002')).toMatchObject({
      err: 'no phone with the MAC 001565123456 is known',
      exitStatus: 1,
    })
    expect(await run('phones', 'move', '', '1002')).toMatchObject({ error: { code: 'MAC_INVALID' }, exitStatus: 2 })
  })
  test('prune wants to be told what goes', async () => {
    database().phones.push(aPhone())
    expect((await run('phones', 'prune', '--older-than', '90d')).out).toBe('removed 1 phone\n')
    expect(lastCall()).toEqual(['prune', { beforeMs: AT + 6e5 - 90 * 864e5 }])
    expect((await run('phones', 'prune', '--incomplete')).out).toBe('removed 1 phone\n')
    expect(lastCall()).toEqual(['prune', { incomplete: true }])
    running().control.calls.splice(0)
    for (const argv of [[], ['--incomplete', '--older-than', '1d'], ['--older-than', '-1'], ['--older-than', 'x']]) {
      expect((await run('phones', 'prune', ...argv)).exitStatus, argv.join(' ')).toBe(2)
    }
    expect(running().control.calls).toEqual([])
  })
  test('firmware shows models that run more than one', async () => {
    database().phones.push(aPhone(), aPhone({ id: 2 }), aPhone({ id: 3, userAgent: 'Yealink SIP-T46S 66.86.0.15' }))
    expect((await run('phones', 'firmware')).out).toBe(
      'vendor   model  firmware    phones\nYealink  T46S   66.85.0.5        2\nYealink  T46S   66.86.0.15       1\n',
    )
    expect((await run('phones', 'firmware', '--csv')).out).toContain('Yealink,T46S,66.85.0.5,2\r\n')
    database().phones.splice(1)
    expect((await run('phones', 'firmware')).out).toBe('every model runs one firmware\n')
  })
  test('an error of the database is told', async () => {
    database().fails = new SipguardError('RECORDS_UNAVAILABLE', 'the database said no')
    expect(await run('phones')).toMatchObject({ err: 'the records cannot be read: the database said no', exitStatus: 1 })
  })
})

describe('users', () => {
  test('is a table for people', async () => {
    database().users.push(
      aUserRow(),
      aUserRow({
        user: '1002',
        status: 'failed',
        registeredAtMs: null,
        lastFailedAtMs: AT,
        lastResponseCode: 403,
        failures24h: 1234,
        contacts: 0,
      }),
    )
    expect((await run('users', '--domain', 'example.com', '--status', 'failed')).out).toBe(
      [
        'user  domain       status      registered           last failed          code  failures 24h  contacts',
        '1001  example.com  registered  2026-01-15 10:30:45                                        0         1',
        '1002  example.com  failed                           2026-01-15 10:30:45   403         1,234         0',
        '',
      ].join('\n'),
    )
    expect(lastCall()).toEqual(['users', { domain: 'example.com', status: 'failed', limit: 1000 }])
  })
  test('without any it says so; a status that there is not is a usage error', async () => {
    expect((await run('users')).out).toBe('no users\n')
    expect((await run('users', '--status', 'gone')).exitStatus).toBe(2)
  })
  test('records that are off are told, with what to do', async () => {
    database().fails = new SipguardError('RECORDS_OFF', 'records: off')
    expect(await run('users')).toMatchObject({ error: { code: 'RECORDS_OFF' }, err: 'records: off', exitStatus: 1 })
  })
})

describe('events', () => {
  test('is a table for people', async () => {
    database().events.push(
      anEventRow(),
      anEventRow({
        kind: 'door_knock',
        port: null,
        transport: null,
        user: null,
        method: null,
        code: null,
        reason: 'acl_denied',
        attempts: 1500,
        userAgent: null,
      }),
    )
    expect((await run('events')).out).toBe(
      [
        'time                 kind                 address                  user              what                    times  user agent',
        '2026-01-15 10:30:45  failed_registration  192.0.2.7 port 5060/udp  1001@example.com  REGISTER 403 Forbidden      1  friendly-scanner',
        '2026-01-15 10:30:45  door_knock           192.0.2.7                @example.com      acl_denied              1,500',
        '',
      ].join('\n'),
    )
  })
  test('every filter reaches the daemon', async () => {
    await run('events', '--kind', 'flood', '--ip', '::ffff:192.0.2.7', '--user', 'a&b', '--domain', 'd', '--since', '1h', '--limit', '5')
    const since = { sinceMs: expect.any(Number) }
    expect(lastCall()).toEqual(['events', { kind: 'flood', ip: '192.0.2.7', user: 'a&b', domain: 'd', limit: 5, ...since }])
  })
  test('a list that may go on says so', async () => {
    database().events.push(anEventRow())
    expect((await run('events', '--limit', '1')).err).toBe('the first 1; there may be more: --limit\n')
    expect((await run('events', '--limit', '2')).err).toBe('')
  })
  test.each([
    ['--kind', 'nosuch', ''],
    ['--ip', 'x', "expected an IP address such as 192.0.2.7 or 2001:db8::7, got 'x'"],
    ['--since', 'soon', "expected how long ago such as 90s, 10m, 1h, 7d, 4w, or a time such as 2026-01-15T10:30:45Z, got 'soon'"],
    [
      '--since',
      '2026-01-32',
      "expected how long ago such as 90s, 10m, 1h, 7d, 4w, or a time such as 2026-01-15T10:30:45Z, got '2026-01-32'",
    ],
    ['--limit', '0', "--limit: expected a whole number from 1 to 1000, got '0'"],
    ['--limit', '1001', "--limit: expected a whole number from 1 to 1000, got '1001'"],
    ['--limit', 'x', "--limit: expected a whole number from 1 to 1000, got 'x'"],
  ])('%s %s is a usage error', async (option, value, err) => {
    expect(await run('events', option, value)).toMatchObject({ exitStatus: 2, err })
    expect(running().control.calls).toEqual([])
  })
})

test('hostile text in every field steers no terminal, makes no line and no formula', async () => {
  const phone = aPhone(
    { extension: HOSTILE, userAgent: HOSTILE, contactUri: HOSTILE },
    { vendor: HOSTILE, model: HOSTILE, firmware: HOSTILE, country: HOSTILE, asn: { number: 1, name: HOSTILE } },
  )
  const event = anEventRow({
    id: HOSTILE,
    user: HOSTILE,
    domain: HOSTILE,
    userAgent: HOSTILE,
    method: HOSTILE,
    reason: HOSTILE,
    requestUri: HOSTILE,
  })
  const row = aUserRow({ user: HOSTILE, domain: HOSTILE })
  database().phones.push(phone)
  database().events.push(event)
  database().users.push(row)
  const recorded = everythingRecorded()
  const registrations = recorded.registrations.map((one) => ({
    ...one,
    ...{ user: HOSTILE, domain: HOSTILE, contact: HOSTILE, received: HOSTILE, userAgent: HOSTILE, callId: HOSTILE },
  }))
  const changes = recorded.changes.map((one) => ({ ...one, extension: HOSTILE, userAgent: HOSTILE }))
  const hostile = { ...recorded, events: [event], devices: [phone], registrations, changes }
  running().control.address = anAddressReport({ phones: [HOSTILE], country: HOSTILE, asn: { number: 1, name: HOSTILE }, recorded: hostile })
  running().control.user = aUserReport({ status: row, recorded: hostile })
  for (const command of [
    ['phones'],
    ['phones', 'show', HOSTILE],
    ['users'],
    ['events'],
    ['status', '192.0.2.7'],
    ['status', `${HOSTILE}@x`],
  ]) {
    const text = (await run(...command)).out
    expect(text).toMatch(/^[\x20-\x7e\n]+$/)
    expect(text).toContain('\\x1b[2J\\x0d\\x0a\\u202e')
    expect((await run(...command, '--json')).out).toMatch(/^[\x20-\x7e\n]+$/)
    const csv = (await run(...command, '--csv')).out
    expect(csv.replaceAll('\r\n', '')).toMatch(/^[\x20-\x7e]+$/)
    const cells = [...csv.matchAll(/(?:^|,|\r\n)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([])
    expect(cells.some((cell) => cell.startsWith("'=cmd|"))).toBe(true)
  }
})
