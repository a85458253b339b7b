import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { emitFail2Ban, writeFiles } from '../../src/emit/index.ts'
import { needs } from '../require.ts'
import { configuration, folder } from './configuration.ts'
import { runFail2Ban } from './fail2ban.ts'

/** Debian's configuration with ours, and nothing else enabled. */
function fail2banWithOurs(program: string): { config: string; log: string } {
  const dir = folder({ 'opensips.log': '' })
  const config = join(dir, 'fail2ban')
  const log = join(dir, 'opensips.log')
  cpSync('/etc/fail2ban', config, { recursive: true })
  rmSync(join(config, 'jail.d'), { recursive: true })
  const { files } = emitFail2Ban(configuration(`sources: [{file: ${log}}]\njails: {sip-auth: {maxretry: 3}}`), {
    program,
    state: null,
    ignoreip: ['192.0.2.50'],
  })
  writeFiles(config, files)
  return { config, log }
}

describe.skipIf(needs('fail2ban-client', 'fail2ban-server'))('the real Fail2Ban', () => {
  test('takes the files into its whole configuration', () => {
    const { config } = fail2banWithOurs('/usr/bin/sipguard')
    const { status, stdout, stderr } = runFail2Ban('fail2ban-client', '-c', config, '-t')
    expect(stderr.split('\n').filter((line) => /ERROR|CRITICAL/.test(line))).toEqual([])
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: 'OK: configuration test is successful' })
    const commands = runFail2Ban('fail2ban-client', '-c', config, '-d').stdout
    expect(commands).toContain("['start', 'sip-auth-opensips']")
    expect(commands).toContain("['start', 'sip-malformed-asterisk']")
  })

  let server: ChildProcess | null = null
  afterEach(async () => {
    if (server?.exitCode === null && server.signalCode === null) {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
  })

  test('bans who fails, asks for the allow list, and hands over the ban', { timeout: 60_000 }, async () => {
    const { config, log } = fail2banWithOurs(join(folder(), 'sipguard'))
    const dir = join(config, '..')
    const [, program = ''] = /^ignorecommand = (\S+) /m.exec(readFileSync(join(config, 'jail.d/sipguard.conf'), 'utf8')) ?? []
    // Stands in for sipguard: writes down what it is asked; 192.0.2.9 is allowed.
    writeFileSync(program, `#!/bin/sh\necho "$*" >> '${dir}/asked'\n[ "$1 $2 $3" = 'allow check 192.0.2.9' ] || [ "$1" = ban ]\n`)
    chmodSync(program, 0o755)
    // No firewall here: only what is handed over.
    writeFileSync(join(config, 'jail.local'), '[DEFAULT]\naction_ =\n')
    writeFileSync(join(config, 'fail2ban.local'), `[Definition]\nlogtarget = ${dir}/f2b.log\ndbfile = ${dir}/f2b.sqlite3\n`)
    server = spawn('fail2ban-server', ['-f', '-c', config, '-s', `${dir}/f2b.sock`, '-p', `${dir}/f2b.pid`, 'start'], { stdio: 'ignore' })
    const read = (name: string) => (existsSync(join(dir, name)) ? readFileSync(join(dir, name), 'utf8') : '')
    await vi.waitFor(() => expect(read('f2b.log')).toContain("Jail 'sip-malformed-opensips' started"), { timeout: 30_000, interval: 100 })

    const line = (ip: string) =>
      `${new Date().toISOString()} sbc1 opensips[1]: NOTICE:Auth failed: ip=${ip}:5060 proto=udp method=REGISTER rc=-2 user=1001 realm=a ua=b`
    const attempts = ['192.0.2.9', '192.0.2.50', '198.51.100.7', '2001:db8::7'].flatMap((ip) => Array(3).fill(line(ip)))
    appendFileSync(log, attempts.map((text) => `${text}\n`).join(''))
    const bans = () =>
      read('asked')
        .split('\n')
        .filter((asked) => asked.startsWith('ban '))
        .sort()
    await vi.waitFor(() => expect(bans()).toHaveLength(2), { timeout: 30_000, interval: 100 })
    expect(bans()).toEqual(['ban 198.51.100.7 --jail sip-auth --for 3600', 'ban 2001:db8::7 --jail sip-auth --for 3600'])
    expect(read('asked')).toContain('allow check 192.0.2.9\n')
    expect(read('f2b.log')).not.toMatch(/ERROR|CRITICAL/)

    server.kill('SIGTERM')
    await once(server, 'exit')
    expect(read('asked')).not.toContain('unban')
  })
})
