import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadJailFile } from '../../src/config/jail-file.ts'
import { createDetector, type Detector } from '../../src/detect/index.ts'
import type { SipEvent } from '../../src/types.ts'
import { type Figure, median, type Part } from './figure.ts'

const ROUNDS = 3
const A_SECOND = 20_000
const ATTACKERS = 40
const ATTACK_EVERY_S = 10
const DEFAULT_MAXKEYS = 1_000_000
const WARM_UP = 100_000
const MB = 1e6

interface Case {
  readonly addresses: number
  readonly users: number
  readonly maxKeys: number
}

interface Measured {
  readonly beforeMb: number
  readonly afterMb: number
  /** Of the attackers, those that were not found. */
  readonly missed: number
  readonly perCpuSecond: number
}

const CASES: readonly Case[] = [
  { addresses: 1_000_000, users: 1000, maxKeys: 2_100_000 },
  { addresses: 1_000_000, users: 1_000_000, maxKeys: 2_100_000 },
  { addresses: 1_000_000, users: 1_000_000, maxKeys: DEFAULT_MAXKEYS },
  { addresses: 10_000_000, users: 10_000_000, maxKeys: DEFAULT_MAXKEYS },
]

function eventOf(i: number, ip: string, user: number): SipEvent {
  return {
    ...{ kind: 'failed_registration', ip, atMs: 1.7e12 + Math.floor(i / A_SECOND) * 1000, proved: false, counted: true, shadow: false },
    ...{ filter: 'opensips', rule: 'failed-registration', why: null, source: 'bench', id: `node:stream:${i * 120}` },
    ...{ port: 5060, transport: null, user: `${100_000 + user}`, domain: 'example.com', userAgent: null, method: 'REGISTER', code: 403 },
    ...{ reason: 'Forbidden', contact: null, expires: null, callId: null, requestUri: null },
  }
}

/** Addresses in no order, each once. */
const addressOf = (i: number): string => {
  const bits = Math.imul(i, 0x9e3779b1) >>> 0
  return `${(bits >>> 24) % 224 || 1}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`
}

/** The addresses of the attackers that were found. */
function attack({ addresses, users }: Case, detector: Detector): Set<string> {
  const found = new Set<string>()
  const every = (A_SECOND * ATTACK_EVERY_S) / ATTACKERS
  for (let i = 0; i < addresses; i++) {
    const ip = addressOf(i)
    detector.observe(eventOf(i, ip, i % users), { level: 'unknown', network: ip, own: false })
    if (i % every !== 0) continue
    const attacker = `240.0.0.${(i / every) % ATTACKERS}`
    const standing = { level: 'unknown', network: attacker, own: false } as const
    for (const { ip } of detector.observe(eventOf(i + 0.5, attacker, 0), standing)) if (ip.startsWith('240.')) found.add(ip)
  }
  return found
}

function measure(given: Case): Measured {
  const directory = join(import.meta.dirname, '../../jails/')
  const jails = readdirSync(directory).map((file) => loadJailFile(directory + file))
  const sweep = { maxUsers: 5, maxPorts: 10 }
  attack({ ...given, addresses: WARM_UP }, createDetector(jails, { maxKeys: 1000, sweep }))
  const beforeMb = process.memoryUsage().rss / MB
  const detector = createDetector(jails, { maxKeys: given.maxKeys, sweep })
  const { user: userUs, system: systemUs } = process.cpuUsage()
  const found = attack(given, detector)
  const used = process.cpuUsage({ user: userUs, system: systemUs })
  return {
    ...{ beforeMb, afterMb: process.memoryUsage().rss / MB, missed: ATTACKERS - found.size },
    perCpuSecond: given.addresses / ((used.user + used.system) / 1e6),
  }
}

function measureApart(given: Case): Measured {
  const { stdout, stderr, status } = spawnSync(process.execPath, [import.meta.filename, JSON.stringify(given)], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${JSON.stringify(given)} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Measured
}

/**
 * What the detector takes for very many addresses, by the default jails. Every address fails to register once, as a user of its own (or as
 * one of 1000), 20,000 of them a second by the log's time. Between them come 40 attackers, each every 10 seconds. Every round is a process
 * of its own, warmed up with 100,000 addresses. RSS is that of the whole process.
 */
export const memory: Part = async ({ quick }) =>
  (quick ? CASES.slice(0, 1) : CASES).flatMap((given): Figure[] => {
    const rounds = Array.from({ length: quick ? 1 : ROUNDS }, () => measureApart(given))
    const missed = Math.max(...rounds.map((round) => round.missed))
    if (missed > 0) throw new Error(`${missed} of ${ATTACKERS} attackers were not found`)
    const of = (name: keyof Measured) => median(rounds.map((round) => round[name]))
    const { addresses, users, maxKeys } = given
    const count = (number: number) => number.toLocaleString('en')
    const group = `Counted addresses: ${count(addresses)} on ${count(users)} users, maxkeys ${count(maxKeys)}`
    const bytes: Figure = { group, name: 'an address', value: ((of('afterMb') - of('beforeMb')) * MB) / addresses, unit: 'bytes' }
    return [
      { group, name: 'RSS of the detector at the end', value: of('afterMb'), unit: 'MB' },
      { group, name: 'counted, a second of processor time', value: of('perCpuSecond'), unit: 'events/s' },
      // Where some are forgotten it says nothing.
      ...(maxKeys > addresses ? [bytes] : []),
    ]
  })

if (import.meta.main) console.log(JSON.stringify(measure(JSON.parse(process.argv[2]!) as Case)))
