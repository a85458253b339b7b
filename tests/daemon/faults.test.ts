import { randomBytes } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failure, failures } from './lines.ts'
import { startWriter } from './rotating-writer.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
const MOST_RSS = 300 * 1024 * 1024
const HOUR_MS = 36e5

let dir: string
let log: string
let state: string
beforeEach(() => {
  dir = newDirectory()
  log = join(dir, 'sip.log')
  state = join(dir, 'state')
  writeFileSync(log, '')
})

test('a state with flipped bytes is set aside and said, its bans stay, and detection goes on', async () => {
  // Without records, whose passage leaves pages that hold nothing.
  const config = join(dir, 'sipguard.yaml')
  writeFileSync(config, 'records: off\n')
  const first = await watch([log, '--config', config], { state })
  // Bans enough for a few pages of the database.
  for (let i = 0; i < 100; i++) appendFileSync(log, failures(10, `203.0.113.${i}`, { user: `u${i}` }))
  await eventually(() => expect(first.printed('ban')).toHaveLength(100))
  expect(await first.end('SIGTERM')).toBe(0)
  const database = join(state, 'state.db')
  const bytes = readFileSync(database)
  for (let at = bytes.length - 8 * 4096; at < bytes.length; at += 97) bytes[at] = (bytes[at] as number) ^ 0xff
  writeFileSync(database, bytes)

  const second = await watch([log], { state })
  expect(second.printed('notice').map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/state\.db was damaged and is begun anew; the old one is kept as \S+state\.db\.corrupt-/),
  )
  const kept = second.printed('restore-ban').length
  expect(kept).toBeGreaterThan(0)
  appendFileSync(log, failures(10, '198.51.100.9', { user: 'late' }))
  await eventually(() => expect(second.printed('ban').map(({ ip }) => ip)).toContain('198.51.100.9'))
  expect(await second.end('SIGTERM')).toBe(0)
})

test('a daemon that is stopped while its log is rotated again and again loses nothing, and what is over by then bans nobody', async () => {
  const old = join(dir, 'old.log')
  writeFileSync(old, '')
  const daemon = await watch([log, old], { state })
  const writer = startWriter(log, 700)
  await eventually(async () => expect((await daemon.status()).totals.lines).toBeGreaterThan(0))
  daemon.child.kill('SIGSTOP')
  const before = writer.rotations
  // As if it had been stopped for two hours.
  appendFileSync(old, failures(10, '192.0.2.7', { atMs: Date.now() - 2 * HOUR_MS }))
  await eventually(() => expect(writer.rotations).toBeGreaterThan(before + 4))
  daemon.child.kill('SIGCONT')
  await writer.stop()
  const { lines, failures: failed } = writer.written
  await eventually(async () =>
    expect((await daemon.status()).totals).toEqual({ lines: lines + 10, events: { failed_registration: failed + 10 }, bans: 0 }),
  )
  expect(daemon.printed('skip')).toMatchObject([{ ip: '192.0.2.7', why: 'too-old' }])
  expect(await daemon.end('SIGTERM')).toBe(0)
})

test('a million lines of garbage count nothing, are not kept in memory, and the line after them counts', { timeout: 90_000 }, async () => {
  const lines = writeGarbage(log)
  expect(lines).toBeGreaterThan(1_000_000)
  const daemon = await watch([log, '--from-start'], { state })
  await expect.poll(async () => (await daemon.status()).totals, { timeout: 60_000 }).toEqual({ lines, events: {}, bans: 0 })
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
  const { memory, degraded } = await daemon.status()
  expect(memory.rss_bytes).toBeLessThan(MOST_RSS)
  expect(degraded).toEqual([])
  expect(daemon.complaints()).toBe('')
  expect(await daemon.end('SIGTERM')).toBe(0)
})

test.skipIf(needs('prlimit'))('more logs than files may be open leave the daemon working, and each that is not read is named', async () => {
  for (let n = 0; n < 150; n++) writeFileSync(join(dir, `${n}.log`), 'a\n')
  const daemon = await watch([log, join(dir, '*.log')], { state, prefix: ['prlimit', '--nofile=200:200'] })
  await eventually(async () => {
    const { sources, degraded } = await daemon.status()
    const unread = sources.filter(({ trouble }) => trouble?.startsWith('too many open files'))
    expect(sources).toHaveLength(151)
    expect(unread.length).toBeGreaterThan(50)
    expect(degraded).toHaveLength(unread.length)
  })
  appendFileSync(log, failures(10, '192.0.2.7'))
  await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
  expect(await daemon.end('SIGTERM')).toBe(0)
})

/** Random bytes, NULs, good lines that are broken off, and lines of 64 KiB and more. Returns how many lines it is. */
function writeGarbage(path: string): number {
  const good = Buffer.from(failure('203.0.113.1')).subarray(0, -1)
  let lines = 0
  for (let part = 0; part < 60; part++) {
    const bytes = part % 10 === 0 ? Buffer.alloc(1 << 20) : randomBytes(1 << 20)
    for (let at = 0; at < bytes.length; at += 58) {
      bytes[at] = 10
      // No good line is 57 bytes long.
      if (part % 3 === 0) good.copy(bytes, at + 1, 0, Math.min(at % 50, bytes.length - at - 1))
    }
    bytes[bytes.length - 1] = 10
    for (const byte of bytes) if (byte === 10) lines++
    appendFileSync(path, bytes)
  }
  for (const length of [65_535, 65_536, 65_537, 1 << 20]) {
    appendFileSync(path, `${'x'.repeat(length)}\n`)
    lines++
  }
  return lines
}
