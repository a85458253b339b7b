import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { chatter, failure, failures } from './lines.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
let dir: string
let log: string
let state: string
beforeEach(() => {
  dir = newDirectory()
  log = join(dir, 'sip.log')
  state = join(dir, 'state')
  writeFileSync(log, '')
})

const FOUND = {
  kind: 'failed_registration',
  ip: '192.0.2.7',
  port: 5060,
  transport: null,
  user: '1001',
  domain: 'example.com',
  user_agent: null,
  method: 'REGISTER',
  code: 403,
  reason: 'Forbidden',
  filter: 'opensips',
  rule: 'failed-registration',
  counted: true,
  shadow: false,
  proved: false,
}

test('ten failures in a growing file ban their address, in the shapes of the design', async () => {
  const daemon = await watch([log], { state })
  const atMs = Date.now() - 1000
  appendFileSync(log, failures(10, '192.0.2.7', { atMs }))
  await eventually(() => expect(daemon.printed('ban')).toHaveLength(1))
  const at = new Date(atMs).toISOString()
  const { node, ...ban } = daemon.printed('ban')[0]!
  expect(ban).toEqual({
    type: 'ban',
    ip: '192.0.2.7',
    scope: 'address',
    prefix: null,
    port: null,
    transport: null,
    jail: 'sip-auth',
    at,
    until: new Date(atMs + 36e5).toISOString(),
    nth: 1,
    count: 10,
    level: 'unknown',
    evidence: 'unproved',
  })
  const found = daemon.printed('found')
  expect(found).toHaveLength(10)
  for (const { id, source, ...event } of found) expect(event).toEqual({ type: 'found', ...FOUND, at })
  expect(new Set(found.map(({ id }) => id)).size).toBe(10)
  expect(found.every(({ id }) => String(id).startsWith(`${node}:`))).toBe(true)

  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('skip')).toMatchObject([{ ip: '192.0.2.7', jail: 'sip-auth', why: 'already-banned' }]))
  const status = await daemon.status()
  expect(status).toMatchObject({
    totals: { lines: 20, events: { failed_registration: 20 }, bans: 1 },
    enforcement: { backend: 'none', active: 1, last_error: null, last_repair: null },
    degraded: [],
  })
  expect(status.sources).toMatchObject([{ name: log, lag_bytes: 0, lines: 20, unmatched: 0, trouble: null }])
  expect(status.jails.find(({ name }) => name === 'sip-auth')).toEqual({ name: 'sip-auth', found: 20, bans: 1, active: 1 })
})

test('with --events every classified line is an event, and the counted ones are found as well', async () => {
  const daemon = await watch([log, '--events'], { state })
  const success = chatter(1).replace(
    'INFO:core:chatter: 1',
    'NOTICE:REGISTER: Failed registration logged to database - 1001@example.com from 192.0.2.7:5060, response 401 Unauthorized',
  )
  appendFileSync(log, `${failure('192.0.2.7')}${success}${chatter('nothing')}`)
  await eventually(async () => expect((await daemon.status()).totals.lines).toBe(3))
  await eventually(() => expect(daemon.printed('event').map(({ kind }) => kind)).toEqual(['failed_registration', 'auth_challenge']))
  expect(daemon.printed('found')).toMatchObject([FOUND])
})

test('files of a glob are read, those that come later too, and a path that does not exist yet', async () => {
  mkdirSync(join(dir, 'logs'))
  const glob = join(dir, 'logs', '*.log')
  const late = join(dir, 'late.log')
  writeFileSync(join(dir, 'logs', 'a.log'), '')
  const daemon = await watch([glob, late], { state })
  await eventually(async () =>
    expect((await daemon.status()).degraded.map(({ what }) => what)).toEqual([`${late} is not read: no such file`]),
  )
  appendFileSync(join(dir, 'logs', 'a.log'), failures(4, '192.0.2.7'))
  writeFileSync(join(dir, 'logs', 'b.log'), failures(3, '192.0.2.7'))
  writeFileSync(join(dir, 'logs', 'c.txt'), failures(5, '192.0.2.7'))
  writeFileSync(late, failures(3, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
  expect((await daemon.status()).totals.lines).toBe(10)
  await eventually(async () => expect((await daemon.status()).degraded).toEqual([]))
})

test('a file that two sources name is read once', async () => {
  const daemon = await watch([log, join(dir, '*.log'), log], { state })
  appendFileSync(log, failures(5, '192.0.2.7'))
  const said = expect.stringContaining('is named by two sources')
  await eventually(() => expect(daemon.printed('notice').map(({ message }) => message)).toContainEqual(said))
  await eventually(async () => expect((await daemon.status()).totals).toMatchObject({ lines: 5, events: { failed_registration: 5 } }))
  expect((await daemon.status()).sources).toHaveLength(1)
})

test('nothing a line holds stops it, and what is printed of it cannot steer a terminal', async () => {
  const daemon = await watch([log], { state })
  const hostile = failure('192.0.2.7', { user: '\x1b[2J\u202e\x9b31m"\\' })
  appendFileSync(log, Buffer.concat([Buffer.from([0, 255, 254, 13, 10]), Buffer.from(`${'x'.repeat(200_000)}\n${hostile}`)]))
  await eventually(() => expect(daemon.printed('found')).toHaveLength(1))
  expect(daemon.printed('found')[0]!.user).toBe('\x1b[2J\u202e\x9b31m"\\')
  expect(daemon.output()).toMatch(/^[\x20-\x7e\n]*$/)
  expect((await daemon.status()).totals.lines).toBe(3)
})
