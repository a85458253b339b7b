import { appendFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { type Daemon, type DaemonOptions, startDaemon } from '../../src/daemon/index.ts'
import { createResolvedList } from '../../src/daemon/resolved-list.ts'
import type { Report } from '../../src/report.ts'
import { openMemory } from '../../src/state/index.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failures } from './lines.ts'
import { eventually } from './watching.ts'

const newDirectory = temporaryDirectories()
let dir: string
let log: string
let reports: Report[]
let running: Daemon[]
beforeEach(() => {
  dir = newDirectory()
  log = join(dir, 'sip.log')
  writeFileSync(log, '')
  reports = []
  running = []
})
afterEach(async () => {
  for (const daemon of running) await daemon.stop()
})

async function start(config: string, resolve?: DaemonOptions['resolve']): Promise<Daemon> {
  const path = join(dir, 'sipguard.yaml')
  writeFileSync(path, `sources: [{file: sip.log}]\n${config}`)
  const stateDir = join(dir, 'state')
  const daemon = await startDaemon({
    config: loadConfig(path),
    reloadConfig: () => loadConfig(path),
    enforce: 'none',
    stateDir,
    socket: join(stateDir, 'sipguard.sock'),
    fromStart: false,
    version: '1',
    allEvents: false,
    onReport: (report) => reports.push(report),
    ...(resolve && { resolve }),
  })
  running.push(daemon)
  return daemon
}
const banned = (type: 'ban' | 'unban') => reports.flatMap((report) => (report.type === type ? [report.ban.ip] : []))
const notices = () => reports.flatMap((report) => (report.type === 'notice' ? [report.message] : []))
const skips = () => reports.flatMap((report) => (report.type === 'skip' ? [[report.decision.ip, report.decision.why]] : []))

test('allow add lifts the ban of whoever it names, and he is not banned again', async () => {
  const { control } = await start('')
  appendFileSync(log, failures(10, '192.0.2.7') + failures(10, '198.51.100.7') + failures(10, '2001:db8::7'))
  await eventually(() => expect(banned('ban')).toHaveLength(3))
  await control.allow('192.0.2.0/24', { forMs: null, comment: null })
  await control.allow('2001:db8::5', { forMs: null, comment: null })
  expect(banned('unban')).toEqual(['192.0.2.7', '2001:db8::7'])
  expect(control.bans().map(({ ip }) => ip)).toEqual(['198.51.100.7'])
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(skips()).toEqual([['192.0.2.7', 'allowed']]))
})

test("this host's own addresses, loopback and self: are never banned", async () => {
  await start('self: [203.0.113.99]\n')
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const addresses = [
    '203.0.113.99',
    '127.0.0.9',
    ...own.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
  ]
  appendFileSync(log, addresses.map((ip) => failures(10, ip)).join(''))
  await eventually(() => expect(skips()).toEqual(addresses.map((ip) => [ip, 'self'])))
  expect(banned('ban')).toEqual([])
})

test('a name in ignoreip protects its addresses, and one that comes to point at a banned address lifts that ban', async () => {
  let answer = ['192.0.2.7', '2001:db8::7']
  const daemon = await start('ignoreip: [office.example]\n', async () => answer)
  appendFileSync(log, failures(10, '192.0.2.7') + failures(10, '192.0.2.8'))
  await eventually(() => expect(banned('ban')).toEqual(['192.0.2.8']))
  expect(skips()).toEqual([['192.0.2.7', 'allowed']])
  answer = ['192.0.2.8']
  await daemon.reload()
  await eventually(() => expect(banned('unban')).toEqual(['192.0.2.8']))
})

test('where the resolver fails, the last answer of before the restart protects', async () => {
  const first = await start('ignoreip: [office.example]\n', async () => ['192.0.2.7'])
  await first.stop()
  await start('ignoreip: [office.example]\n', () => Promise.reject(Object.assign(new Error(), { code: 'EAI_AGAIN' })))
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(skips()).toEqual([['192.0.2.7', 'allowed']]))
  await eventually(() =>
    expect(notices()).toContain('ignoreip: office.example cannot be resolved (EAI_AGAIN); its last answer stays in force for a day'),
  )
})

test('a daemon that was stopped while a name was being resolved ends quietly', async () => {
  const answer = Promise.withResolvers<string[]>()
  const first = await start('ignoreip: [office.example]\n', async () => ['192.0.2.7'])
  await first.stop()
  const daemon = await start('ignoreip: [office.example]\n', () => answer.promise)
  await daemon.stop()
  const before = reports.length
  answer.resolve(['192.0.2.7'])
  await sleep(20)
  expect(reports).toHaveLength(before)
})

test('the last answer of a name holds for a day, each change is told once, and networks stand as they are', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 15) })
  const told: string[] = []
  const inForce: string[][] = []
  let answer: string[] | null = ['192.0.2.7', '::ffff:192.0.2.8', 'fe80::1%eth0']
  const names = createResolvedList({
    key: 'ignoreip',
    state: openMemory(),
    now: Date.now,
    onChange: (cidrs) => inForce.push([...cidrs]),
    onNotice: (message) => told.push(message),
    resolve: async () => answer ?? Promise.reject(new Error('SERVFAIL')),
  })
  try {
    await names.set(['10.0.0.0/8', 'office.example'])
    await vi.advanceTimersByTimeAsync(0)
    expect(inForce.at(-1)).toEqual(['10.0.0.0/8', '192.0.2.7', '192.0.2.8'])
    answer = null
    await vi.advanceTimersByTimeAsync(23 * 36e5)
    expect(inForce.at(-1)).toEqual(['10.0.0.0/8', '192.0.2.7', '192.0.2.8'])
    await vi.advanceTimersByTimeAsync(2 * 36e5)
    expect(inForce.at(-1)).toEqual(['10.0.0.0/8'])
    answer = []
    await vi.advanceTimersByTimeAsync(36e5)
    answer = ['192.0.2.9']
    await vi.advanceTimersByTimeAsync(36e5)
    expect(inForce.at(-1)).toEqual(['10.0.0.0/8', '192.0.2.9'])
    expect(told).toEqual([
      'ignoreip: office.example cannot be resolved (SERVFAIL); its last answer stays in force for a day',
      'ignoreip: office.example cannot be resolved (SERVFAIL); it protects nobody until it resolves',
      'ignoreip: office.example is resolved again',
    ])
  } finally {
    names.stop()
    vi.useRealTimers()
  }
})
