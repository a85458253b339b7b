import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { runFail2Ban } from '../emit/fail2ban.ts'
import { folder } from './folder.ts'

export interface Fail2BanServer {
  readonly database: string
  /** `fail2ban-client WORDS…` */
  client(...words: string[]): string
  stop(): Promise<void>
}

/** The real server with these jails, none of which has an action: it keeps its bans in its database only. Gone when the test ends. */
export async function startFail2Ban(jails: readonly string[]): Promise<Fail2BanServer> {
  const dir = folder({ 'sip.log': '' })
  const [socket, database] = [join(dir, 'f2b.sock'), join(dir, 'f2b.sqlite3')]
  const own = { loglevel: 'INFO', logtarget: `${dir}/f2b.log`, syslogsocket: 'auto', socket, pidfile: `${dir}/f2b.pid`, dbfile: database }
  const defaults = { filter: 'nothing', logpath: `${dir}/sip.log`, backend: 'polling', usedns: 'no', bantime: '1h', action: '' }
  const options = (of: object) => Object.entries(of).map(([key, value]) => `${key} = ${value}\n`)
  const files = folder({
    'fail2ban.conf': ['[Definition]\n', ...options({ ...own, dbpurgeage: '1d', dbmaxmatches: 10 })].join(''),
    'jail.conf': ['[DEFAULT]\n', ...options(defaults), ...jails.map((jail) => `[${jail}]\nenabled = true\n`)].join(''),
    'filter.d/nothing.conf': '[Definition]\nfailregex = ^nobody <ADDR>$\n',
  })
  const server: ChildProcess = spawn('fail2ban-server', ['-f', '-c', files, '-s', socket, '-p', `${dir}/f2b.pid`, 'start'], {
    stdio: 'ignore',
  })
  const ended = once(server, 'exit')
  onTestFinished(() => void server.kill('SIGKILL'))
  const client = (...words: string[]) => {
    const { status, stdout, stderr } = runFail2Ban('fail2ban-client', '-s', socket, ...words)
    if (status !== 0) throw new Error(`fail2ban-client ${words.join(' ')}: ${stdout}${stderr}`)
    return stdout.trim()
  }
  await vi.waitFor(() => client('status', jails.at(-1)!), { timeout: 30_000, interval: 100 })
  return {
    database,
    client,
    async stop() {
      server.kill('SIGTERM')
      await ended
    },
  }
}
