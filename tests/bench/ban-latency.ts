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
/** Between two attacks, longest. */
const PAUSE_MS = 80
/** Lines beside what is measured. */
const A_SECOND = 20_000
/** They are written so often, as they come. */
const STEP_MS = 5
const WARM_UP = 20
/** After the other lines have begun. */
const SETTLE_MS = 1000
const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const

const sipguard = join(import.meta.dirname, '../../bin/sipguard.js')

const stamp = () => `${new Date().toISOString().slice(0, 19)}+00:00 sbc1 kamailio[812]:`
/** Each address guesses at a user of its own: a user attacked from ten would be a case for sip-stuffing, which bans sooner. */
const failure = (ip: string) =>
  `${stamp()} WARNING: {1 REGISTER} <script>: Auth failed: ip=${ip}:5060 proto=udp method=REGISTER rc=-2 user=${ip} realm=example.com ua=x\n`
const benign = () =>
  `${stamp()} INFO: {1 REGISTER} <script>: Registered: ip=203.0.113.10:5066 proto=udp expires=60 user=1010 domain=example.com contact=<sip:1010@203.0.113.10> ua=x\n`

/**
 * How long from the write of the line that fills a jail until the kernel tells of the new element in its set (`nft monitor`). The real daemon
 * with nftables, its journal and the default jails, records off, in a network namespace of its own. Once at rest, once while another process
 * writes 20,000 other lines a second into the same file.
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
    // The first ones wait for the daemon to be up, and for compiled code.
    for (let i = 1; i <= WARM_UP; i++) await daemon.measure(`203.0.113.${i}`)
    for (const [title, network, busy] of loads) {
      const writer = busy ? spawn(process.execPath, [import.meta.filename, daemon.log], { stdio: 'inherit' }) : null
      if (writer) await sleep(SETTLE_MS)
      const taken: number[] = []
      for (let i = 1; i <= samples; i++) taken.push(await daemon.measure(`${network}.${i}`))
      writer?.kill()
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
  const path = (name: string) => join(dir, name)
  const log = path('sip.log')
  writeFileSync(log, '')
  writeFileSync(path('sipguard.yaml'), 'records: off\n')
  execFileSync('ip', ['netns', 'add', namespace])
  const inside = (argv: readonly string[]) => spawn('ip', ['netns', 'exec', namespace, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  const waiting = new Map<string, (atMs: number) => void>()
  const monitor = inside(['nft', 'monitor', 'new', 'elements'])
  createInterface({ input: monitor.stdout }).on('line', (line) => {
    const ip = /^add element inet sipguard ban4 \{ ([0-9.]+)/.exec(line)?.[1]
    if (ip !== undefined) waiting.get(ip)?.(performance.now())
  })
  const options = ['--config', path('sipguard.yaml'), '--enforce', 'nftables', '--state', path('state')]
  const daemon = inside([process.execPath, sipguard, 'watch', log, ...options])
  daemon.stdout.resume()
  /** Rejects when the daemon ends before we do. */
  const ended = new Promise<never>((_, reject) => daemon.once('exit', () => reject(new Error('the daemon ended'))))
  ended.catch(() => {})
  return {
    log,
    /** Milliseconds until the ban of this address, by its last line. */
    async measure(ip: string): Promise<number> {
      for (let i = 1; i < MAXRETRY; i++) appendFileSync(log, failure(ip))
      // At no fixed time in the journal's beat, the firewall's or the writer's.
      await sleep(PAUSE_MS * (0.5 + Math.random() / 2))
      const banned = new Promise<number>((resolve) => waiting.set(ip, resolve))
      const startMs = performance.now()
      appendFileSync(log, failure(ip))
      return (await Promise.race([banned, ended])) - startMs
    },
    async end() {
      daemon.kill('SIGTERM')
      monitor.kill('SIGTERM')
      await ended.catch(() => {})
      execFileSync('ip', ['netns', 'del', namespace])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Writes other lines until it is killed. */
function pour(log: string): void {
  const startMs = performance.now()
  let written = 0
  setInterval(() => {
    const due = Math.floor(((performance.now() - startMs) * A_SECOND) / 1000)
    appendFileSync(log, benign().repeat(due - written))
    written = due
  }, STEP_MS)
}

if (import.meta.main) pour(process.argv[2]!)
