import { describe, expect, test } from 'vitest'
import { allow } from '../../src/cli/verbs/allow.ts'
import { ban } from '../../src/cli/verbs/ban.ts'
import { bans } from '../../src/cli/verbs/bans.ts'
import { status } from '../../src/cli/verbs/status.ts'
import { unban } from '../../src/cli/verbs/unban.ts'
import { aBan, aSkip, BAN_JSON, prefixBan } from '../api/fake-control.ts'
import { objects } from '../sipguard.ts'
import { fakeDaemon } from './fake-daemon.ts'
import { runVerbs } from './run-verbs.ts'

const running = fakeDaemon()

const run = (...argv: string[]) => runVerbs([status, bans, ban, unban, allow], ...argv, '--state', running().stateDir)

describe('bans', () => {
  test('without bans it says so, and prints nothing as JSON', async () => {
    expect(await run('bans')).toMatchObject({ out: 'no bans\n', exitStatus: 0 })
    expect(await run('bans', '--json')).toMatchObject({ out: '', exitStatus: 0 })
  })
  test('is a table for people', async () => {
    running().control.active.push(prefixBan(), aBan({ scope: 'endpoint', port: 5060, transport: 'udp', count: 3 }))
    expect((await run('bans')).out).toBe(
      [
        'address                      jail      since                remaining  nth  count',
        '2001:db8::/64 (2001:db8::7)  sip-auth  2026-01-15 10:30:45  for ever     1     10',
        '192.0.2.7 port 5060/udp      sip-auth  2026-01-15 10:30:45  50m          1      3',
        '',
      ].join('\n'),
    )
  })
  test('is one object a line as JSON', async () => {
    running().control.active.push(aBan(), prefixBan())
    const { out } = await run('bans', '--json')
    expect(out.split('\n')[0]).toBe(`{${BAN_JSON},"country":null,"asn":null,"as_name":null}`)
    expect(objects(out)[1]).toMatchObject({ ip: '2001:db8::7', prefix: '2001:db8::/64', until: null })
  })
})

describe('ban', () => {
  test('bans every address given', async () => {
    const { out, exitStatus } = await run('ban', '192.0.2.7', '2001:DB8::8', '--for', '1h', '--jail', 'sip-auth')
    expect(exitStatus).toBe(0)
    expect(out).toBe('banned 192.0.2.7 [sip-auth] until 2026-01-15 11:30:45\nbanned 2001:db8::8 [sip-auth] until 2026-01-15 11:30:45\n')
    expect(running().control.calls).toEqual([
      ['ban', '192.0.2.7', { jail: 'sip-auth', forMs: 36e5 }],
      ['ban', '2001:db8::8', { jail: 'sip-auth', forMs: 36e5 }],
    ])
  })
  test('--for -1 is for ever', async () => {
    expect((await run('ban', '192.0.2.7', '--for', '-1')).out).toBe('banned 192.0.2.7 [manual] for ever\n')
  })
  test('the JSON is the decision', async () => {
    const { out } = await run('ban', '192.0.2.7', '--jail', 'sip-auth', '--json')
    expect(out).toBe(`{"type":"ban",${BAN_JSON.replace('"count":10', '"count":0')}}\n`)
  })
  test('an address that is banned already is no failure', async () => {
    running().control.active.push(aBan())
    expect(await run('ban', '192.0.2.7')).toMatchObject({ out: '192.0.2.7 is banned already\n', exitStatus: 0 })
  })
  test('one bad address: nothing is sent', async () => {
    const { err, exitStatus } = await run('ban', '192.0.2.7', 'fe80::1%eth0')
    expect([err, exitStatus]).toEqual(["expected an IP address such as 192.0.2.7 or 2001:db8::7, got 'fe80::1%eth0'", 2])
    expect(running().control.calls).toEqual([])
  })
  test('a bad duration: nothing is sent', async () => {
    expect((await run('ban', '192.0.2.7', '--for', 'soon')).error).toMatchObject({ code: 'DURATION_INVALID', exitStatus: 2 })
    expect(running().control.calls).toEqual([])
  })
  test('no address is a usage error', async () => {
    expect((await run('ban')).exitStatus).toBe(2)
  })
  test('an unknown jail keeps its code', async () => {
    expect((await run('ban', '192.0.2.7', '--jail', 'nosuch')).error).toMatchObject({
      code: 'USAGE',
      message: "there is no jail 'nosuch'",
    })
  })
  test('where one of several fails the others are banned, and the exit status is 1', async () => {
    let first = true
    running().control.onBan = () => {
      if (!first) return { type: 'ban', ban: aBan({ ip: '192.0.2.8', untilMs: null }), detection: aSkip('self').detection }
      first = false
      return aSkip('self')
    }
    expect(await run('ban', '192.0.2.7', '192.0.2.8')).toMatchObject({
      err: '192.0.2.7: 192.0.2.7 is not banned: it is an address of this host or fleet\n',
      out: 'banned 192.0.2.8 [sip-auth] for ever\n',
      exitStatus: 1,
    })
  })
})

describe('unban', () => {
  test('tells why each ban was there, whom it cut off and how much it dropped', async () => {
    running().control.active.push(aBan({ level: 'phone', nth: 2 }), prefixBan())
    Object.assign(running().control.did, { phones: ['1001@example.com', '\x1b[2J@example.com'], packets: 1234 })
    expect((await run('unban', '192.0.2.7')).out).toBe(
      [
        'unbanned 192.0.2.7 [sip-auth]',
        '  why      10 found, proved; the address was one of phones; since 2026-01-15 10:30:45, ban no. 2',
        '  phones   cut off: 1001@example.com, \\x1b[2J@example.com',
        '  packets  1234 dropped',
        '',
      ].join('\n'),
    )
    Object.assign(running().control.did, { phones: [], packets: null })
    expect((await run('unban', '2001:db8::/64')).out).toBe(
      [
        'unbanned 2001:db8::/64 (2001:db8::7) [sip-auth]',
        '  why      10 found, proved; the address was unknown; since 2026-01-15 10:30:45',
        '  phones   none was known there',
        '  packets  not known how many were dropped',
        '',
      ].join('\n'),
    )
    expect(running().control.active).toEqual([])
  })
  test('a ban that somebody asked for needs no other reason', async () => {
    running().control.active.push(aBan({ evidence: 'request', count: 0, jail: 'manual' }))
    expect((await run('unban', '192.0.2.7')).out).toContain('\n  why      somebody asked for it; since 2026-01-15 10:30:45\n')
  })
  test('as JSON they are unban objects', async () => {
    running().control.active.push(aBan())
    Object.assign(running().control.did, { phones: ['1001@example.com'], packets: 0 })
    expect((await run('unban', '192.0.2.7', '--json')).out).toBe(`{"type":"unban",${BAN_JSON},"phones":["1001@example.com"],"packets":0}\n`)
  })
  test('on a terminal it offers to allow the address for a day, with the exact command', async () => {
    const offer = `to allow it for a day: sipguard allow add 192.0.2.7 --for 1d --state ${running().stateDir}\n`
    const { isTTY } = process.stdout
    process.stdout.isTTY = true
    try {
      running().control.active.push(aBan())
      expect((await run('unban', '192.0.2.7')).out).toMatch(new RegExp(`packets.*\\n${offer}$`))
      running().control.active.push(aBan())
      expect((await run('unban', '192.0.2.7', '--json')).out).not.toContain('allow add')
      expect((await run('unban', '192.0.2.7')).out).not.toContain('allow add')
      process.stdout.isTTY = false
      running().control.active.push(aBan())
      expect((await run('unban', '192.0.2.7')).out).not.toContain('allow add')
    } finally {
      process.stdout.isTTY = isTTY
    }
  })
  test('an address without a ban is no failure', async () => {
    expect(await run('unban', '192.0.2.7')).toMatchObject({
      out: '192.0.2.7 was not banned; what was counted against it is forgotten\n',
      exitStatus: 0,
    })
  })
  test('of a network without a ban says so, and no more', async () => {
    expect((await run('unban', '192.0.2.0/24')).out).toBe('nothing in 192.0.2.0/24 was banned\n')
  })
  test('--allow enters it into the allow list', async () => {
    running().control.active.push(aBan())
    expect((await run('unban', '192.0.2.7', '--allow', '--for', '1d')).out).toMatch(
      /^unbanned 192\.0\.2\.7 \[sip-auth\]\n(?:.*\n)*allowed 192\.0\.2\.7 for 1d\n$/,
    )
    expect(running().control.calls).toEqual([['unban', '192.0.2.7', { forMs: 864e5, comment: null }]])
    expect((await run('unban', '192.0.2.7', '--allow', '--for', '-1')).out).toMatch(/\nallowed 192\.0\.2\.7\n$/)
  })
  test('--all lifts every ban', async () => {
    running().control.active.push(aBan(), prefixBan())
    expect(objects((await run('unban', '--all', '--json')).out).map(({ ip }) => ip)).toEqual(['192.0.2.7', '2001:db8::7'])
    expect((await run('unban', '--all')).out).toBe('there was no ban\n')
  })
  test.each([
    [['unban'], 'expected addresses or --all'],
    [['unban', '--all', '192.0.2.7'], 'expected addresses or --all'],
    [['unban', '--all', '--allow'], 'expected addresses with --allow, got --all'],
    [['unban', '192.0.2.7', '--for', '1d'], 'expected --allow with --for: it says how long to allow'],
  ])('%j is a usage error', async (argv, message) => {
    expect(await run(...argv)).toMatchObject({ err: message, exitStatus: 2 })
    expect(running().control.calls).toEqual([])
  })
})

describe('allow', () => {
  test('adds, lists and removes', async () => {
    expect((await run('allow', 'list')).out).toBe('the allow list is empty\n')
    expect((await run('allow', 'add', '198.51.100.9/24', '--for', '1d', '--comment', 'the \x1b office')).out).toBe(
      'allowed 198.51.100.0/24 for 1d\n',
    )
    expect((await run('allow', 'add', '192.0.2.7', '--json')).out).toBe(
      '{"cidr":"192.0.2.7","until":null,"added":"2026-01-15T10:30:45.000Z","comment":null}\n',
    )
    expect((await run('allow', 'list')).out).toBe(
      [
        'address          added                remaining  comment',
        '198.51.100.0/24  2026-01-15 10:30:45  23h 50m    the \\x1b office',
        '192.0.2.7        2026-01-15 10:30:45  for ever',
        '',
      ].join('\n'),
    )
    expect(objects((await run('allow', 'list', '--json')).out)).toHaveLength(2)
    expect(await run('allow', 'rm', '198.51.100.0/24')).toMatchObject({ out: 'removed 198.51.100.0/24\n', exitStatus: 0 })
    expect(running().control.allowed.map(({ cidr }) => cidr)).toEqual(['192.0.2.7'])
  })
  test('removing what is not there fails', async () => {
    expect(await run('allow', 'rm', '192.0.2.7')).toMatchObject({ err: '192.0.2.7 is not in the allow list', exitStatus: 1 })
  })
  test('a bad CIDR: nothing is sent', async () => {
    expect((await run('allow', 'add', '192.0.2.7', '10.0.0.0/40')).error).toMatchObject({ code: 'ADDRESS_INVALID', exitStatus: 2 })
    expect(running().control.calls).toEqual([])
  })
})

test('without a daemon every command says so and exits 3, once for all addresses', async () => {
  const nobody = `${running().stateDir}/nobody`
  for (const argv of [
    ['status'],
    ['bans'],
    ['ban', '192.0.2.7', '192.0.2.8'],
    ['unban', '--all'],
    ['allow', 'list'],
    ['allow', 'rm', '192.0.2.7'],
  ]) {
    const { err, exitStatus } = await runVerbs([status, bans, ban, unban, allow], ...argv, '--socket', nobody)
    expect([err, exitStatus]).toEqual([
      `no sipguard daemon answers on ${nobody}: start it ('systemctl start sipguard' or 'sipguard watch'), or say where it is with --socket or --state`,
      3,
    ])
  }
})
