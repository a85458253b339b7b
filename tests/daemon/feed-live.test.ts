import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ActivityReport } from '../../src/api/control.ts'
import { loadConfig } from '../../src/config/index.ts'
import { type Daemon, startDaemon } from '../../src/daemon/index.ts'
import type { Report } from '../../src/report.ts'
import { send } from '../api/fake-daemon.ts'
import { follow } from '../api/feed-client.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failures, success } from './lines.ts'
import { eventually } from './watching.ts'

const newDirectory = temporaryDirectories()
let dir: string
let daemon: Daemon | null
let reports: Report[]
beforeEach(() => {
  dir = newDirectory()
  daemon = null
  reports = []
  writeFileSync(join(dir, 'sip.log'), '')
  writeFileSync(join(dir, 'sipguard.yaml'), 'sources: [{ file: sip.log }]\n')
})
afterEach(() => daemon?.stop())

const socket = () => join(dir, 's')
const write = (text: string) => appendFileSync(join(dir, 'sip.log'), text)
const get = async (path: string) => JSON.parse((await send(socket(), 'GET', path)).text)

async function start(): Promise<void> {
  const config = loadConfig(join(dir, 'sipguard.yaml'))
  daemon = await startDaemon({
    ...{ config, reloadConfig: () => config, enforce: 'none', stateDir: join(dir, 'state'), socket: socket(), fromStart: true },
    ...{ version: '1', allEvents: false, onReport: (report) => reports.push(report) },
  })
}

test('the feed tells what the daemon prints, and every event to who asks; over a restart it says that something may be missing', async () => {
  await start()
  const usual = await follow(socket())
  const all = await follow(socket(), '?types=event,found,ban,unban,skip')
  write(`${success('198.51.100.7')}${failures(10, '192.0.2.7')}`)
  await eventually(() => expect(usual.told.map(({ event }) => event)).toEqual([...Array(10).fill('found'), 'ban']))
  await eventually(() => expect(all.told.filter(({ event }) => event === 'event')).toHaveLength(11))
  expect(usual.told.map(({ data }) => data.type)).toEqual(reports.map(({ type }) => type))
  expect(usual.told.at(-1)?.data).toMatchObject({ type: 'ban', ip: '192.0.2.7', jail: 'sip-auth' })
  const { told } = usual
  await daemon?.stop()
  await Promise.all([usual.ended, all.ended])

  await start()
  const again = await follow(socket(), '', { 'Last-Event-ID': told.at(-1)!.id! })
  await eventually(() => expect(again.told.map(({ event }) => event)).toEqual(['gap', 'restore-ban']))
  expect(again.told[0]?.data).toEqual({ missed: null })
})

test('the activity is what was read, who did it and to whom, and whether he is banned', async () => {
  await start()
  write(`${failures(10, '192.0.2.7')}${failures(3, '192.0.2.8', { user: '1002' })}${success('198.51.100.7')}`)
  const sum = (counts: readonly number[] | undefined) => counts?.reduce((a, b) => a + b, 0)
  await eventually(async () => {
    const { kinds, bans, attackers, targets, ...report } = (await get('/api/activity?minutes=5')) as ActivityReport
    expect([sum(kinds.failed_registration), sum(kinds.registration), sum(bans)]).toEqual([13, 1, 1])
    expect([bans.length, kinds.registration?.length, report.step_seconds]).toEqual([5, 5, 60])
    expect(attackers).toMatchObject([
      { ip: '192.0.2.7', events: 10, banned: true, country: null, asn: null, as_name: null },
      { ip: '192.0.2.8', events: 3, banned: false },
    ])
    expect(targets.map(({ user, events }) => [user, events])).toEqual([
      ['1001@example.com', 10],
      ['1002@example.com', 3],
    ])
    expect(new Date(report.from).getUTCSeconds()).toBe(0)
    expect(Date.parse(report.since)).toBeLessThanOrEqual(Date.now())
  })
})

test('an unban that allows as well leaves nothing to be banned again, and both are told of', async () => {
  await start()
  write(failures(10, '192.0.2.7'))
  await eventually(async () => expect(await get('/api/bans')).toMatchObject([{ ip: '192.0.2.7', country: null }]))
  const { status, text } = await send(socket(), 'DELETE', '/api/bans/192.0.2.7?allow=true&for=1d&comment=office')
  expect([status, JSON.parse(text)]).toMatchObject([200, [{ ip: '192.0.2.7', phones: [] }]])
  expect(await get('/api/bans')).toEqual([])
  expect(await get('/api/allow')).toMatchObject([{ cidr: '192.0.2.7', comment: 'office' }])
  write(failures(10, '192.0.2.7'))
  await eventually(() => expect(reports.filter(({ type }) => type === 'skip')).toMatchObject([{ decision: { why: 'allowed' } }]))
  expect(reports.filter(({ type }) => type === 'unban')).toHaveLength(1)
})

test('lines that come late are seen in the metrics', async () => {
  await start()
  write(failures(1, '192.0.2.7', { atMs: Date.now() - 90_000 }))
  await eventually(async () => {
    const { text } = await send(socket(), 'GET', '/metrics')
    expect(text).toContain('sipguard_line_lag_seconds_bucket{le="60"} 0\n')
    expect(text).toContain('sipguard_line_lag_seconds_bucket{le="150"} 1\n')
    expect(text).toContain('sipguard_bans_verified 0\n')
  })
})
