/**
 * `npm start`: the main job on recorded attack traffic. Plays fixtures/demo/*.log into a growing log file at a lively pace, with today's
 * times, while `sipguard watch` reads it live. `npm start -- FILE…` watches those files instead. Nothing on the machine is changed.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = join(import.meta.dirname, '..')
const sipguard = join(root, 'bin/sipguard.js')
const files = process.argv.slice(2)
/** How long the recorded evening takes here, ms. */
const LENGTH_MS = 12_000
const STEPS = 120

if (files.length > 0) {
  const watch = spawn(process.execPath, [sipguard, 'watch', ...files], { stdio: 'inherit' })
  watch.on('exit', (status) => process.exit(status ?? 1))
} else await demonstrate()

async function demonstrate(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-demo-'))
  const log = join(dir, 'sip.log')
  const state = join(dir, 'state')
  writeFileSync(log, '')
  console.log('Attacks recorded before a real Kamailio are played into a log; sipguard watches it and bans nobody (observe mode).\n')
  const watch = spawn(process.execPath, [sipguard, 'watch', log, '--state', state], { stdio: 'inherit' })
  try {
    const stopped = new Promise<void>((done) => watch.once('exit', () => done()))
    process.once('SIGINT', () => watch.kill('SIGINT'))
    await untilAnswering(state)
    await play(log, () => watch.exitCode === null)
    await sleep(500)
    console.log('\nsipguard status:')
    await run('status', '--state', state)
    console.log('\nWhat would be in the firewall (sipguard bans):')
    await run('bans', '--state', state)
    watch.kill('SIGTERM')
    await stopped
    console.log(
      '\nWatch your own logs:  npm start -- /var/log/syslog     What your old logs would have told:  node bin/sipguard.js replay FILE…',
    )
  } finally {
    watch.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
}

/** All recordings, merged by time, in even steps; each line gets the time at which it is written. */
async function play(log: string, alive: () => boolean): Promise<void> {
  const folder = join(root, 'fixtures/demo')
  const lines = readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => spread(readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean)))
    .sort((a, b) => a.share - b.share)
  for (let step = 0; step < STEPS && alive(); step++) {
    const due = lines.filter(({ share }) => share >= step / STEPS && share < (step + 1) / STEPS)
    const now = new Date().toISOString().replace('Z', '000+00:00')
    if (due.length > 0) appendFileSync(log, due.map(({ line }) => `${now} ${line.slice(line.indexOf(' ') + 1)}\n`).join(''))
    await sleep(LENGTH_MS / STEPS)
  }
}

function spread(lines: readonly string[]): { line: string; share: number }[] {
  return lines.map((line, i) => ({ line, share: i / lines.length }))
}

async function untilAnswering(state: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if ((await run('bans', '--state', state, '--json')) === 0) return
    await sleep(100)
  }
  throw new Error('the daemon did not start')
}

function run(...args: string[]): Promise<number> {
  const quiet = args.includes('--json')
  const child = spawn(process.execPath, [sipguard, ...args], { stdio: quiet ? 'ignore' : 'inherit' })
  return new Promise((done) => child.once('exit', (status) => done(status ?? 1)))
}
