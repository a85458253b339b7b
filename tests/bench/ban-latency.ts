import { execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../require.ts'
import type { Figure, Part } from './figure.ts'

const SAMPLES = 200
const SAMPLES_QUICK = 40
const MAXRETRY = 10
const PAUSE_MS = 40
/** Each time, beside what is measured: 20,000 a second. */
const BUSY_LINES = 800
const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const

const sipguard = join(import.meta.dirname, '../../bin/sipguard.js')

const stamp = () => `${new Date().toISOString().slice(0, 19)}+00:00 sbc1 kamailio[812]:`
/** Each address guesses at a user of its own: a user attacked from ten would be a case for sip-stuffing, which bans sooner. */
const failure = (ip: string) =>
  `${stamp()} WARNING: {1 REGISTER} <script>: Auth failed: ip=${ip}:5060 proto=udp method=REGISTER rc=-2 user=${ip} realm=example.com ua=x\n`
const benign = () =>
  `${stamp()} INFO: {1 REGISTER} <script>: Registered: ip=203.0.113.10:5066 proto=udp expires=60 user=1010 domain=example.com contact=<sip:1010@203.0.113.10> ua=x\n`

/**
 * How long from the write of the line that fills a jail until the kernel has confirmed the ban. The real daemon with nftables, in a network
 * namespace of its own; the clock stops when the daemon prints the ban, which it does after the confirmation. Once at rest, once while
 * 20,000 other lines a second are written into the same file.
 */
export const latency: Part = async ({ quick }) => {
  const samples = quick ? SAMPLES_QUICK : SAMPLES
  const figures: Figure[] = []
  const say = (title: string, values: readonly number[] | null) => {
    const sorted = values?.toSorted((a, b) => a - b)
    for (const [name, share] of Object.entries(SHARES)) {
      const value = sorted?.[Math.floor(share * sorted.length)] ?? null
      figures.push({ group: `From the line to the kernel: ${title}`, name, value, unit: 'ms' })
    }
  }
  const loads = [
    ['at rest', '192.0.2', false],
    ['while 20,000 other lines/s are written', '198.51.100', true],
  ] as const
  if (needs('root', 'ip', 'nft')) {
    for (const [title] of loads) say(title, null)
    return figures
  }
  const daemon = startDaemon()
  try {
    // The first one waits for the daemon to be up.
    await daemon.measure('203.0.113.200')
    for (const [title, network, busy] of loads) {
      const writing = busy ? setInterval(() => appendFileSync(daemon.log, benign().repeat(BUSY_LINES)), PAUSE_MS) : null
      const taken: number[] = []
      for (let i = 1; i <= samples; i++) taken.push(await daemon.measure(`${network}.${i}`))
      if (writing) clearInterval(writing)
      say(title, taken)
    }
    return figures
  } finally {
    await daemon.end()
  }
}

function startDaemon() {
  const namespace = `sgbench${process.pid}`
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-latency-'))
  const log = join(dir, 'sip.log')
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
  return {
    log,
    /** Milliseconds until the ban of this address, by its last line. */
    async measure(ip: string): Promise<number> {
      for (let i = 1; i < MAXRETRY; i++) appendFileSync(log, failure(ip))
      await sleep(PAUSE_MS)
      const banned = new Promise<number>((resolve) => waiting.set(ip, resolve))
      const startMs = performance.now()
      appendFileSync(log, failure(ip))
      return (await Promise.race([banned, ended])) - startMs
    },
    async end() {
      daemon.kill('SIGTERM')
      await ended.catch(() => {})
      execFileSync('ip', ['netns', 'del', namespace])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
