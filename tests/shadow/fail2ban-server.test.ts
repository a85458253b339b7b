import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { needs } from '../require.ts'
import { objects, sipguard } from '../sipguard.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
let dir: string
let server: ChildProcess | null = null
beforeEach(() => {
  dir = newDirectory()
})
afterEach(async () => {
  if (server?.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
})

/** A Fail2Ban of its own with Debian's filter for Asterisk, following `sip.log`; it enforces nothing. Resolves when it follows. */
async function startFail2Ban(): Promise<void> {
  mkdirSync(join(dir, 'filter.d'))
  for (const name of ['asterisk.conf', 'common.conf']) copyFileSync(`/etc/fail2ban/filter.d/${name}`, join(dir, 'filter.d', name))
  writeFileSync(join(dir, 'sip.log'), '')
  writeFileSync(
    join(dir, 'fail2ban.conf'),
    `[Definition]\nloglevel = INFO\nlogtarget = ${dir}/fail2ban.log\nsyslogsocket = none\ndbfile = None\n`,
  )
  const jail = ['enabled = true', 'filter = asterisk', `logpath = ${dir}/sip.log`, 'backend = polling', 'findtime = 600', 'maxretry = 3']
  writeFileSync(join(dir, 'jail.conf'), `[asterisk]\n${[...jail, 'bantime = 3600', 'action ='].join('\n')}\n`)
  const argv = ['-f', '-c', dir, '-s', join(dir, 'sock'), '-p', join(dir, 'pid'), 'start']
  server = spawn('fail2ban-server', argv, { stdio: 'ignore', env: { ...process.env, TZ: 'UTC' } })
  await vi.waitFor(() => expect(said()).toContain("Jail 'asterisk' started"), { timeout: 30_000, interval: 100 })
}
const said = () => (existsSync(join(dir, 'fail2ban.log')) ? readFileSync(join(dir, 'fail2ban.log'), 'utf8') : '')

const line = (text: string) => `[${new Date().toISOString().slice(0, 19).replace('T', ' ')}] ${text}\n`
const refused = (ip: string, why: string, name = '"1001" <sip:1001@pbx.example.com>') =>
  line(`NOTICE[1638] chan_sip.c: Registration from '${name}' failed for '${ip}:5062' - ${why}`)

const [ATTACKER, UNKNOWN, FORGER, INNOCENT, PHONE] = ['192.0.2.7', '192.0.2.8', '198.51.100.7', '203.0.113.66', '192.0.2.20']
const lines = () => [
  line(`VERBOSE[1638] chan_sip.c: Registered SIP '1001' at ${PHONE}:5062`),
  refused(PHONE, 'Wrong password').repeat(3),
  refused(ATTACKER, 'Wrong password', '"1002" <sip:1002@pbx.example.com>').repeat(12),
  // A reason that Fail2Ban's filter does not list.
  refused(UNKNOWN, 'Device not configured to use this transport type').repeat(10),
  refused(FORGER, 'Wrong password', `"x: ${INNOCENT} failed to authenticate as" <sip:1@192.0.2.1>`).repeat(3),
]

describe.skipIf(needs('fail2ban-server'))('beside the real Fail2Ban', () => {
  test('each ban is told with whose it is, and why the other did not ban', { timeout: 90_000 }, async () => {
    await startFail2Ban()
    appendFileSync(join(dir, 'sip.log'), lines().join(''))
    await vi.waitFor(() => expect(said().match(/ Ban /g)).toHaveLength(3), { timeout: 30_000, interval: 100 })
    const args = ['shadow', join(dir, 'sip.log'), '--fail2ban-log', join(dir, 'fail2ban.log'), '--tz', 'UTC']
    const { status, out, err } = await sipguard([...args, '--json'], { env: { TZ: 'UTC' } })
    expect([status, err]).toEqual([0, ''])
    const rows = objects(out)
    const of = (ip: string) => rows.find((row) => row.ip === ip)
    expect(of(ATTACKER)).toMatchObject({ verdict: 'both', fail2ban_jail: 'asterisk', sipguard_jail: 'sip-auth', locked_out: [] })
    expect(of(UNKNOWN)).toMatchObject({
      verdict: 'only-sipguard',
      reason:
        '[sip-auth] 10 found, the last one asterisk/sip-register-refused; Fail2Ban found no line of it: its filter does not know these lines, or it does not read this log',
    })
    expect(of(INNOCENT)).toMatchObject({ verdict: 'only-fail2ban', fail2ban_found: 3, locked_out: [] })
    expect(of(INNOCENT)?.reason).toContain('it did nothing: its address is text in lines of others (3: 3 of 198.51.100.7; the last one: ')
    expect(of(PHONE)).toMatchObject({ verdict: 'only-fail2ban', locked_out: ['1001'] })
    expect(rows.at(-1)).toMatchObject({ both: 1, only_fail2ban: 2, only_sipguard: 1, locked_out: 1, jails: ['asterisk'] })
    const text = await sipguard(args, { env: { TZ: 'UTC' } })
    expect(text.out).toMatch(/^PHONES LOCKED OUT: Fail2Ban's \[asterisk\] banned 192\.0\.2\.20 at .*, an address of phones: 1001$/m)
  })
})
