import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LINES_PER_SECOND, logLines, type Server } from './logs.ts'

export interface Following {
  readonly dir: string
  readonly filter: string
  readonly server: Server
  readonly every: number
  /** Appended at once. */
  readonly lines: number
}

/** Whoever fails last, from this address, is read last. */
const LAST: Readonly<Record<Server, (time: Date) => string>> = {
  asterisk: (time) =>
    `[${time.toISOString().slice(0, 19).replace('T', ' ')}] NOTICE[1638] chan_sip.c: Registration from '"1" <sip:1@198.51.100.1>' failed for 'ADDRESS:5060' - Wrong password`,
  opensips: (time) =>
    `${time.toDateString().slice(4, 7)} ${String(time.getUTCDate()).padStart(2)} ${time.toISOString().slice(11, 19)} sbc1 /usr/sbin/opensips[1234]: REGISTER: Failed registration logged to database - 1@example.com from ADDRESS:5060, response 403 Forbidden`,
}
const [READY, DONE] = ['203.0.113.7', '203.0.113.8']
const START_MS = 30_000
const MOST_MS = 600_000

/**
 * Seconds a line that a real fail2ban-server takes for a log it follows, bans excluded: from the append until its own log has the last line's
 * address. Needs no root: it has a socket, a database and a configuration of its own. Null where it is not installed.
 */
export async function followWithFail2ban({ dir, filter, server, every, lines }: Following): Promise<number | null> {
  if (spawnSync('fail2ban-server', ['--version']).error) return null
  const home = mkdtempSync(join(dir, 'fail2ban-server-'))
  const path = (name: string) => join(home, name)
  const log = path('sip.log')
  writeFileSync(log, '')
  mkdirSync(path('filter.d'))
  writeFileSync(path('filter.d/bench.conf'), readFileSync(filter))
  const shared = '/etc/fail2ban/filter.d/common.conf'
  if (existsSync(shared)) writeFileSync(path('filter.d/common.conf'), readFileSync(shared))
  writeFileSync(path('fail2ban.conf'), '[Definition]\nloglevel = INFO\nlogtarget = STDOUT\nsyslogsocket = none\ndbfile = None\n')
  const jail = [
    'enabled = true',
    'filter = bench',
    `logpath = ${log}`,
    'backend = auto',
    'findtime = 1d',
    'maxretry = 10000000',
    'action =',
  ]
  writeFileSync(path('jail.conf'), `[bench]\n${jail.join('\n')}\n`)

  const argv = ['-f', '-c', home, '-s', path('sock'), '-p', path('pid'), 'start']
  const daemon = spawn('fail2ban-server', argv, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TZ: 'UTC' } })
  const ended = once(daemon, 'close')
  let said = ''
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      // What is waited for stands in the last of it.
      said = (said + text).slice(-100_000)
    })
  }
  const until = async (text: string, mostMs: number) => {
    for (const startMs = performance.now(); !said.includes(text); await sleep(5)) {
      if (daemon.exitCode !== null || performance.now() - startMs > mostMs)
        throw new Error(`fail2ban-server did not say '${text}': ${said}`)
    }
  }
  const fails = (ip: string) => `${LAST[server](new Date()).replace('ADDRESS', ip)}\n`
  try {
    // It says that it has started before it follows.
    for (const startMs = performance.now(); !said.includes(READY); await sleep(200)) {
      if (performance.now() - startMs > START_MS) throw new Error(`fail2ban-server does not follow its log: ${said}`)
      appendFileSync(log, fails(READY))
    }
    const text = `${[...logLines({ server, every, lines, startMs: Date.now() - (lines * 1000) / LINES_PER_SECOND })].join('\n')}\n`
    const startMs = performance.now()
    appendFileSync(log, text + fails(DONE))
    await until(`Found ${DONE}`, MOST_MS)
    return (performance.now() - startMs) / 1000 / lines
  } finally {
    daemon.kill('SIGTERM')
    await ended
  }
}
