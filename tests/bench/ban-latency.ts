/**
 * `npm run bench:latency` (as root): how long from the write of the line that fills a jail until the kernel has confirmed the ban. The
 * real daemon with nftables, in a network namespace of its own; the clock stops when the daemon prints the ban, which it does after the
 * confirmation. Once at rest, once while 2,000 other lines a second are written.
 */
import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const SAMPLES = 200
const MAXRETRY = 10
const PAUSE_MS = 40
const BUSY_LINES = 80

const sipguard = join(import.meta.dirname, '../../bin/sipguard.js')
const namespace = `sgbench${process.pid}`
const dir = mkdtempSync(join(tmpdir(), 'sipguard-latency-'))
const log = join(dir, 'sip.log')

const stamp = () => `${new Date().toISOString().slice(0, 19)}+00:00 sbc1 kamailio[812]:`
/** Each address guesses at a user of its own: a user attacked from ten would be a case for sip-stuffing, which bans sooner. */
const failure = (ip: string) =>
  `${stamp()} WARNING: {1 REGISTER} <script>: Auth failed: ip=${ip}:5060 proto=udp method=REGISTER rc=-2 user=${ip} realm=example.com ua=x\n`
const benign = () =>
  `${stamp()} INFO: {1 REGISTER} <script>: Registered: ip=203.0.113.10:5066 proto=udp expires=60 user=1010 domain=example.com contact=<sip:1010@203.0.113.10> ua=x\n`

writeFileSync(log, '')
execFileSync('ip', ['netns', 'add', namespace])
const argv = [process.execPath, sipguard, 'watch', log, '--enforce', 'nftables', '--state', join(dir, 'state'), '--json']
const daemon = spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
/** Rejects when the daemon ends before we do. */
const ended = new Promise<never>((_, reject) => daemon.once('exit', () => reject(new Error('the daemon ended'))))
ended.catch(() => {})
const waiting = new Map<string, (atMs: number) => void>()
createInterface({ input: daemon.stdout }).on('line', (line) => {
  const atMs = performance.now()
  if (!line.startsWith('{"type":"ban"')) return
  waiting.get((JSON.parse(line) as { ip: string }).ip)?.(atMs)
})

/** Milliseconds until the ban of this address, by its last line. */
async function measure(ip: string): Promise<number> {
  for (let i = 1; i < MAXRETRY; i++) appendFileSync(log, failure(ip))
  await sleep(PAUSE_MS)
  const banned = new Promise<number>((resolve) => waiting.set(ip, resolve))
  const startMs = performance.now()
  appendFileSync(log, failure(ip))
  return (await Promise.race([banned, ended])) - startMs
}

function percentiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number).toFixed(1)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`
}

try {
  // The first one waits for the daemon to be up.
  await measure('203.0.113.200')
  for (const [title, network, busy] of [
    ['at rest', '192.0.2', false],
    ['under load', '198.51.100', true],
  ] as const) {
    const writing = busy ? setInterval(() => appendFileSync(log, benign().repeat(BUSY_LINES)), PAUSE_MS) : null
    const taken: number[] = []
    for (let i = 1; i <= SAMPLES; i++) taken.push(await measure(`${network}.${i}`))
    if (writing) clearInterval(writing)
    console.log(`${title}: ${percentiles(taken)} (${SAMPLES} bans)`)
  }
} finally {
  daemon.kill('SIGTERM')
  await ended.catch(() => {})
  execFileSync('ip', ['netns', 'del', namespace])
  rmSync(dir, { recursive: true, force: true })
}
