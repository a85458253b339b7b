import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClassifier } from '../../src/classify/index.ts'
import { loadConfig } from '../../src/config/index.ts'
import { firstOffset, longestFindtime } from '../../src/daemon/first-start.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { chatter, failure, failures } from './lines.ts'
import { eventually, watch } from './watching.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const DAY = 864e5
const classifier = createClassifier({ filters: [], tz: 'UTC' })
const timeOf = (bytes: Buffer, start: number, end: number) => classifier.timeOf(bytes, start, end, NOW)

/** firstOffset of these contents, and how many bytes it read at most. */
function begin(contents: Buffer, sinceMs: number) {
  let most = 0
  const offset = firstOffset(
    contents.length,
    (bytes) => {
      most = Math.max(most, bytes)
      return contents.subarray(contents.length - bytes)
    },
    timeOf,
    sinceMs,
  )
  return { offset, most }
}

/** The start of the first whole line that is not older, else the end of the last whole line. */
function naive(contents: Buffer, sinceMs: number): number {
  let at = 0
  for (let end = contents.indexOf(10); end >= 0; end = contents.indexOf(10, at)) {
    const time = timeOf(contents, at, end)
    if (time !== null && time >= sinceMs) return at
    at = end + 1
  }
  return at
}

const iso = (atMs: number) => `${new Date(atMs).toISOString().replace('Z', '000+00:00')} sbc1 opensips[1]: `
const bsd = (atMs: number) => {
  const [, day, month, time] = /, (\d\d) (\w{3}) \d{4} (\S+)/.exec(new Date(atMs).toUTCString())!
  return `${month} ${day!.replace(/^0/, ' ')} ${time} sbc1 opensips[1]: `
}

describe('the first start begins where a naive scan of the whole file would', () => {
  const line = fc.record({
    form: fc.constantFrom('iso', 'bsd', 'none'),
    /** Since the line before it. */
    stepMs: fc.integer({ min: 0, max: DAY / 4 }),
    length: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) }, fc.integer({ min: 20_000, max: 200_000 })),
  })
  test('whatever the lines are', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.integer({ min: 0, max: 3 * DAY }), fc.boolean(), (lines, age, whole) => {
        let atMs = NOW - lines.reduce((sum, { stepMs }) => sum + stepMs, 0)
        const text = lines
          .map(({ form, stepMs, length }) => {
            atMs += stepMs
            return `${form === 'iso' ? iso(atMs) : form === 'bsd' ? bsd(atMs) : ''}${'x'.repeat(length)}\n`
          })
          .join('')
        const contents = Buffer.from(whole ? text : text.slice(0, -3))
        expect(begin(contents, NOW - age).offset).toBe(naive(contents, NOW - age))
      }),
      { numRuns: 150 },
    )
  })
  test.each([
    ['an empty file', ''],
    ['one unfinished line', 'Nov 22 11:59:59 sbc1'],
    ['lines without a time', 'a\nb\n'.repeat(50_000)],
    ['nothing but a huge line', `${'x'.repeat(300_000)}\n`],
    ['old lines only', `${iso(NOW - 9 * DAY)}x\n`.repeat(4000)],
    ['new lines only', `${iso(NOW)}x\n`.repeat(4000)],
    ['year-less lines of another year', `${`${bsd(NOW - 300 * DAY)}x\n`.repeat(2000)}${bsd(NOW)}x\n`],
    ['a time that lies in the future', `${iso(NOW - 9 * DAY)}x\n${iso(NOW + 9 * DAY)}x\n`],
  ])('%s', (_, text) => {
    const contents = Buffer.from(text)
    expect(begin(contents, NOW - DAY).offset).toBe(naive(contents, NOW - DAY))
  })
  test('and reads no more of a large file than it must', () => {
    const old = Buffer.from(`${iso(NOW - 9 * DAY)}${'x'.repeat(900)}\n`.repeat(4000))
    const { offset, most } = begin(Buffer.concat([old, Buffer.from(`${iso(NOW)}x\n`)]), NOW - DAY)
    expect(offset).toBe(old.length)
    expect(most).toBeLessThan(100_000)
  })
})

test('the longest findtime is that of any jail or its second stage', () => {
  expect(longestFindtime(loadConfig(null).jails)).toBe(DAY)
  expect(longestFindtime([])).toBe(0)
})

describe('watch on a log that has a past', () => {
  const newDirectory = temporaryDirectories()
  const prepare = () => {
    const dir = newDirectory()
    const log = join(dir, 'sip.log')
    const old = Date.now() - 2 * DAY
    writeFileSync(
      log,
      failures(50, '192.0.2.9', { atMs: old }) + chatter('old', old) + failures(9, '192.0.2.7', { atMs: Date.now() - 60_000 }),
    )
    return { log, state: join(dir, 'state') }
  }
  test('counts what is within the newest findtime', async () => {
    const { log, state } = prepare()
    const daemon = await watch([log], { state })
    await eventually(async () => expect((await daemon.status()).totals.lines).toBe(9))
    appendFileSync(log, failure('192.0.2.7'))
    await eventually(() => expect(daemon.printed('ban')).toMatchObject([{ ip: '192.0.2.7', count: 10 }]))
    expect((await daemon.status()).totals.lines).toBe(10)
  })
  test('counts all of it with --from-start, and bans nobody for what is too old', async () => {
    const { log, state } = prepare()
    const daemon = await watch([log, '--from-start'], { state })
    await eventually(async () => expect((await daemon.status()).totals.lines).toBe(60))
    expect(daemon.printed('ban')).toEqual([])
    await eventually(() => expect(daemon.printed('skip')[0]).toMatchObject({ ip: '192.0.2.9', why: 'too-old' }))
  })
})
