import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BanJson } from '../../src/api/wire.ts'
import { importing } from '../../src/cli/verbs/import.ts'
import { runVerbs } from '../cli/run-verbs.ts'
import { success } from '../daemon/lines.ts'
import { eventually, watch } from '../daemon/watching.ts'
import { makeNamespace, type Namespace } from '../enforce/lab/namespace.ts'
import { needs } from '../require.ts'
import { objects, sipguard } from '../sipguard.ts'
import { banDatabase } from './ban-database.ts'
import { startFail2Ban } from './fail2ban-server.ts'
import { folder } from './folder.ts'

const HOUR_S = 3600
const nowS = () => Math.floor(Date.now() / 1000)

/** A daemon that knows a peer, an allowed address and a phone. */
async function aDaemon(enforce: 'none' | 'nftables', prefix: readonly string[] = []) {
  const dir = folder({ 'sip.log': success('192.0.2.50') })
  const config = join(dir, 'sipguard.yaml')
  writeFileSync(
    config,
    `sources: [{file: ${dir}/sip.log, filter: opensips}]\nenforce: ${enforce}\nignoreip: [192.0.2.60]\npeers: [203.0.113.1]\n`,
  )
  const daemon = await watch(['--config', config], { state: join(dir, 'state'), prefix })
  await eventually(async () => expect((await daemon.status()).totals.events.registration).toBe(1))
  const bans = async () => (await daemon.call<BanJson[]>('GET', '/api/bans')).map(({ ip, jail, until }) => [ip, jail, until])
  const take = (database: string, ...words: string[]) =>
    sipguard(['import', 'fail2ban-bans', '--database', database, '--state', join(dir, 'state'), ...words])
  return { bans, take, daemon }
}

test('what is trusted is left alone, what is banned longer stays, and every ban is answered for', async () => {
  const since = nowS()
  const database = banDatabase([
    ['asterisk', '198.51.100.7', since, HOUR_S],
    ['kamailio', '198.51.100.7', since, 2 * HOUR_S],
    ['asterisk', '2001:db8::7', since, -1],
    ['asterisk', '192.0.2.50', since, HOUR_S],
    ['asterisk', '192.0.2.60', since, HOUR_S],
    ['asterisk', '203.0.113.1', since, HOUR_S],
    ['asterisk', '127.0.0.1', since, HOUR_S],
    ['asterisk', '198.51.100.8\x1b[2J', since, HOUR_S],
    ['sshd', '198.51.100.9', since, HOUR_S],
  ])
  const { bans, take } = await aDaemon('none')
  const first = await take(database)
  const end = new Date((since + 2 * HOUR_S) * 1000).toISOString()
  expect(first).toMatchObject({ status: 0, err: '' })
  expect(first.out.split('\n').sort()).toEqual(
    [
      '',
      '127.0.0.1 is not banned: it is an address of this host or fleet',
      '192.0.2.50 is not banned: a registered phone is behind it',
      '192.0.2.60 is not banned: it is in the allow list or in ignoreip',
      '198.51.100.7 is banned already',
      '2 banned, 1 banned already, 4 not to be banned',
      '203.0.113.1 is not banned: it is a peer',
      'banned 2001:db8::/64 (2001:db8::7) [asterisk] for ever',
      expect.stringMatching(/^banned 198\.51\.100\.7 \[kamailio\] until \d{4}-/),
      'not carried over 198.51.100.8\\x1b[2J of jail asterisk: it is no address',
      'not carried over jail sshd, 1 ban: neither its name nor its log speaks of a SIP server; --jail sshd takes it',
    ].sort(),
  )
  expect((await bans()).sort()).toEqual([
    ['198.51.100.7', 'kamailio', end],
    ['2001:db8::7', 'asterisk', null],
  ])

  const again = await take(database, '--json')
  expect(objects(again.out).filter(({ type }) => type === 'ban')).toEqual([])
  expect(objects(again.out)).toContainEqual({ type: 'skip', ip: '203.0.113.1', jail: 'asterisk', why: 'peer' })
  expect(objects(again.out)).toContainEqual(expect.objectContaining({ type: 'left-out', what: 'jail sshd, 1 ban' }))
  expect((await bans()).map(([, , until]) => until).sort()).toEqual([end, null])
})

test('a dry run asks nobody', async () => {
  const since = nowS()
  const database = banDatabase([['asterisk', '198.51.100.7', since, HOUR_S]])
  const run = (...words: string[]) =>
    runVerbs([importing], 'import', 'fail2ban-bans', '--database', database, '--state', folder(), ...words)
  const { out, exitStatus } = await run('--dry-run', '--json')
  const until = new Date((since + HOUR_S) * 1000).toISOString()
  expect([exitStatus, objects(out)]).toEqual([0, [{ type: 'would-ban', ip: '198.51.100.7', jail: 'asterisk', until }]])
  expect((await run('--dry-run')).out).toMatch(/^would ban 198\.51\.100\.7 \[asterisk\] until \d{4}-/)
  expect(await run()).toMatchObject({ exitStatus: 3, error: { code: 'DAEMON_NOT_RUNNING' } })
})

describe.skipIf(needs('fail2ban-server', 'fail2ban-client'))('from a Fail2Ban that runs', () => {
  const inForce = (database: string) => {
    const db = new DatabaseSync(database, { readOnly: true })
    const { count } = db.prepare('SELECT count(*) AS count FROM bips').get() as { count: number }
    db.close()
    return count
  }

  test('its bans are taken over with the same end, and a second time nothing changes', async () => {
    const fail2ban = await startFail2Ban(['asterisk-auth', 'sshd'])
    fail2ban.client('set', 'asterisk-auth', 'banip', '198.51.100.7', '2001:db8::7', '198.51.100.0/24')
    fail2ban.client('set', 'sshd', 'banip', '198.51.100.9')
    await eventually(() => expect(inForce(fail2ban.database)).toBe(4))
    const ends = fail2ban.client('get', 'asterisk-auth', 'banip', '--with-time')
    const { bans, take } = await aDaemon('none')
    const first = await take(fail2ban.database)
    expect(first.out).toContain('not carried over 198.51.100.0/24 of jail asterisk-auth: it is a network; sipguard bans addresses\n')
    expect(first.out).toContain('\n2 banned, 0 banned already, 0 not to be banned\n')
    const standing = (await bans()).sort()
    expect(standing.map(([ip, jail]) => [ip, jail])).toEqual([
      ['198.51.100.7', 'asterisk-auth'],
      ['2001:db8::7', 'asterisk-auth'],
    ])
    // `198.51.100.7  2026-01-15 10:30:45 + 3600 = 2026-01-15 11:30:45`, in local time; it cuts the seconds, and its database rounds them.
    const [, end = ''] = /^198\.51\.100\.7\s.*= (.+)$/m.exec(ends) ?? []
    expect(Math.abs(Date.parse(standing[0]![2]!) - Date.parse(end))).toBeLessThanOrEqual(1000)
    expect((await take(fail2ban.database)).out).toContain('\n0 banned, 2 banned already, 0 not to be banned\n')
    expect((await bans()).sort()).toEqual(standing)

    await fail2ban.stop()
    expect((await take(fail2ban.database, '--jail', 'sshd')).out).toContain('\n1 banned, 2 banned already, 0 not to be banned\n')
  })
})

describe.skipIf(needs('root', 'ip', 'nft'))('in a network namespace', () => {
  let namespace: Namespace
  beforeEach(() => {
    namespace = makeNamespace()
  })
  afterEach(() => namespace.remove())

  test('what was taken over is in the kernel', async () => {
    const { take } = await aDaemon('nftables', namespace.prefix)
    const { out } = await take(
      banDatabase([
        ['asterisk', '198.51.100.7', nowS(), HOUR_S],
        ['asterisk', '203.0.113.1', nowS(), HOUR_S],
      ]),
    )
    expect(out).toContain('\n1 banned, 0 banned already, 1 not to be banned\n')
    const table = namespace.run('nft', 'list', 'table', 'inet', 'sipguard')
    expect(table).toContain('198.51.100.7')
    expect(table).not.toContain('203.0.113.1')
  })
})
