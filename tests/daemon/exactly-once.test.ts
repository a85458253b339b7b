import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openState } from '../../src/state/index.ts'
import { recordsIn } from '../detect/kept-rows.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { chatter } from './lines.ts'
import { startWriter } from './rotating-writer.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()
const KILLS = 12

test('over many kill -9 and rotations every line is counted exactly once', { timeout: 90_000 }, async () => {
  const dir = newDirectory()
  const log = join(dir, 'sip.log')
  const state = join(dir, 'state')
  // What was rotated away before anybody had ever looked is nobody's: the file is known first.
  writeFileSync(log, chatter('first'))
  const first = await watch([log, '--from-start'], { state })
  await eventually(async () => expect((await first.status()).totals.lines).toBe(1))
  expect(await first.end('SIGTERM')).toBe(0)

  const writer = startWriter(log, 700)
  let seen = 1
  for (let kill = 0; kill < KILLS; kill++) {
    // Every third one dies while it starts, the others while they read: all of them when there is something new to count.
    const atOnce = kill % 3 === 2
    const daemon = await watch([log], { state, atOnce })
    if (!atOnce) {
      await eventually(async () => expect((await daemon.status()).totals.lines).toBeGreaterThan(seen))
      seen = (await daemon.status()).totals.lines
    }
    await sleep(Math.random() * (atOnce ? 300 : 60))
    expect(await daemon.end('SIGKILL')).toBe('SIGKILL')
  }
  await writer.stop()
  const { lines, failures } = writer.written
  expect(writer.rotations).toBeGreaterThan(5)

  const exact = { lines: 1 + lines, events: { failed_registration: failures }, bans: 0 }
  const last = await watch([log], { state })
  await eventually(async () => expect((await last.status()).totals).toEqual(exact))
  expect(await last.end('SIGTERM')).toBe(0)
  const again = await watch([log], { state })
  expect((await again.status()).totals).toEqual(exact)
  expect(await again.end('SIGTERM')).toBe(0)
})

test('a position is stored together with the effects of the lines before it', { timeout: 60_000 }, async () => {
  const dir = newDirectory()
  const log = join(dir, 'sip.log')
  const state = join(dir, 'state')
  const writer = startWriter(log, Number.POSITIVE_INFINITY)
  let before = 0
  for (let kill = 0; kill < 3; kill++) {
    const daemon = await watch([log, '--from-start'], { state })
    await eventually(async () => expect((await daemon.status()).totals.lines).toBeGreaterThan(before))
    await sleep(60 * Math.random())
    await daemon.end('SIGKILL')
    const stored = await openState(state)
    const { positions, totals, counters } = await stored.load()
    await stored.close()
    const mark = positions.get(`file:${log}`) ?? '{"offset":0}'
    const { offset } = JSON.parse(mark) as { offset: number }
    const read = readFileSync(log).subarray(0, offset).toString().split('\n').length - 1
    expect(totals.lines).toBe(read)
    expect(totals.events.failed_registration ?? 0).toBe(Math.ceil(read / 2))
    const addresses = new Set(recordsIn(counters).written.filter((key) => / 10\.[\d.]+$/.test(key)))
    expect(addresses.size).toBe(Math.ceil(read / 20))
    expect(read).toBeGreaterThanOrEqual(before)
    before = read
  }
  expect(before).toBeGreaterThan(0)
  await writer.stop()
})
