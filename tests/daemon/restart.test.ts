import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { openState } from '../../src/state/index.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failure, failures, provedFailures } from './lines.ts'
import { startWriter } from './rotating-writer.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
let log: string
let state: string
beforeEach(() => {
  const dir = newDirectory()
  log = join(dir, 'sip.log')
  state = join(dir, 'state')
  writeFileSync(log, '')
})

test('nine failures, a kill -9, and the tenth bans', async () => {
  const first = await watch([log], { state })
  appendFileSync(log, failures(9, '192.0.2.7'))
  await eventually(async () => expect((await first.status()).totals.lines).toBe(9))
  await first.end('SIGKILL')
  const second = await watch([log], { state })
  appendFileSync(log, failure('192.0.2.7'))
  await eventually(() => expect(second.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
  expect((await second.status()).totals).toEqual({ lines: 10, events: { failed_registration: 10 }, bans: 1 })
})

/** One record of Docker's json-file log; without a final newline in `text` it is a part of a longer line. */
const record = (text: string) => `${JSON.stringify({ log: text, stream: 'stderr', time: new Date().toISOString() })}\n`
const registration = (ip: string) =>
  `Jan 15 10:30:45 [1] WARNING:REGISTER: Failed registration logged to database - 1001@example.com from ${ip}:5060, response 403 Forbidden`

test('Docker’s records count across a restart too; the rest of a line that was split there does not', async () => {
  const first = await watch([log], { state })
  appendFileSync(log, record(`${registration('192.0.2.7')}\n`).repeat(9))
  await eventually(async () => expect((await first.status()).totals.lines).toBe(9))
  await first.end('SIGKILL')
  const second = await watch([log], { state })
  appendFileSync(log, record(`${registration('192.0.2.7')}\n`))
  await eventually(() => expect(second.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
  appendFileSync(log, record(`${registration('192.0.2.8')} ${'x'.repeat(16_384)}`))
  await eventually(async () => expect((await second.status()).totals.lines).toBe(11))
  await second.end('SIGTERM')
  const third = await watch([log, '--events'], { state })
  appendFileSync(log, record(`${registration('203.0.113.5')}\n`) + record(`${registration('192.0.2.9')}\n`))
  await eventually(() => expect(third.printed('found')).toMatchObject([{ ip: '192.0.2.9' }]))
  expect(third.printed('event')[0]).toMatchObject({ ip: '203.0.113.5', counted: false, why: 'forgeable' })
  expect((await third.status()).totals.lines).toBe(13)
})

test('bans, a ban for ever, an unban and the allow list outlive a kill -9', async () => {
  const first = await watch([log], { state })
  appendFileSync(log, failures(10, '192.0.2.7') + failures(10, '192.0.2.8') + failures(10, '2001:db8::7'))
  await eventually(() => expect(first.printed('ban')).toHaveLength(3))
  await first.call('POST', '/api/bans', { ip: '192.0.2.9', for: '-1' })
  await first.call('DELETE', '/api/bans/192.0.2.8')
  await first.call('POST', '/api/allow', { cidr: '198.51.100.0/24', comment: 'the office' })
  const bans = await first.call<object[]>('GET', '/api/bans')
  await first.end('SIGKILL')

  const second = await watch([log], { state })
  await eventually(() => expect(second.printed('restore-ban')).toHaveLength(3))
  const nowhere = { country: null, asn: null, as_name: null }
  const restored: Record<string, unknown>[] = second.printed('restore-ban').map(({ type: _type, ...ban }) => ({ ...ban, ...nowhere }))
  const byAddress = (list: object[]) => new Set(list.map((ban) => JSON.stringify(ban)))
  expect(byAddress(restored)).toEqual(byAddress(bans))
  expect(restored.map(({ ip, prefix, until }) => [ip, prefix, until === null])).toEqual(
    expect.arrayContaining([
      ['192.0.2.7', null, false],
      ['2001:db8::7', '2001:db8::/64', false],
      ['192.0.2.9', null, true],
    ]),
  )
  expect(await second.call('GET', '/api/allow')).toMatchObject([{ cidr: '198.51.100.0/24', comment: 'the office' }])
  // A ban that a person entered is one of the totals too.
  expect((await second.status()).totals.bans).toBe(4)
  appendFileSync(log, failures(9, '192.0.2.8'))
  await eventually(async () => expect((await second.status()).totals.lines).toBe(39))
  expect(second.printed('ban')).toEqual([])
})

test('a ban of an address that was banned before lasts longer, also over a restart', async () => {
  const first = await watch([log], { state })
  await first.call('POST', '/api/bans', { ip: '192.0.2.7', for: 0.2 })
  await eventually(() => expect(first.printed('unban')).toMatchObject([{ ip: '192.0.2.7' }]))
  await first.end('SIGKILL')
  const second = await watch([log], { state })
  const atMs = Date.now()
  appendFileSync(log, provedFailures(10, '192.0.2.7', atMs))
  await eventually(() => expect(second.printed('ban')).toMatchObject([{ nth: 2, until: new Date(atMs + 2 * 36e5).toISOString() }]))
})

test('SIGTERM under load commits everything that was counted and ends with 0', async () => {
  const writer = startWriter(log, Number.POSITIVE_INFINITY)
  const daemon = await watch([log, '--from-start'], { state })
  await eventually(async () => expect((await daemon.status()).totals.lines).toBeGreaterThan(500))
  // The writer goes on meanwhile: it does not wait for the end of the log.
  expect(await daemon.end('SIGTERM')).toBe(0)
  await writer.stop()
  const stored = await openState(state)
  const { positions, totals } = await stored.load()
  await stored.close()
  const { offset } = JSON.parse(positions.get(`file:${log}`)!) as { offset: number }
  expect(totals.lines).toBe(readFileSync(log).subarray(0, offset).toString().split('\n').length - 1)
  expect(totals.lines).toBeGreaterThan(500)
  expect(daemon.complaints()).toBe('')
})

test('SIGINT ends it like SIGTERM, and one that comes twice at once is one', async () => {
  const daemon = await watch([log], { state })
  daemon.child.kill('SIGINT')
  daemon.child.kill('SIGINT')
  expect(await daemon.end('SIGTERM')).toBe(0)
})

test('a signal that comes while it starts is heeded', async () => {
  const daemon = await watch([log], { state, atOnce: true })
  await eventually(() => expect(existsSync(join(state, 'lock'))).toBe(true))
  expect(await daemon.end('SIGTERM')).toBe(0)
})

test('a second daemon on the same state is refused, and the first goes on', async () => {
  const first = await watch([log], { state })
  const second = await watch([log], { state, atOnce: true })
  expect(await second.end('SIGCONT')).toBe(1)
  expect(second.complaints()).toBe(
    `sipguard: another sipguard uses the state directory ${state}; stop it, or choose another with --state\n`,
  )
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(first.printed('ban')).toHaveLength(1))
})
