import { beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../src/config/index.ts'
import { createDegraded, type Degraded } from '../../src/daemon/degraded.ts'
import { createSourceTroubles } from '../../src/daemon/source-troubles.ts'
import { createTally, type Tally } from '../../src/daemon/tally.ts'
import type { SourceStatus } from '../../src/sources/index.ts'
import { NOTHING_LOST } from '../../src/sources/source.ts'
import type { SipEvent } from '../../src/types.ts'
import { batchOf } from '../batch.ts'

const { jails } = loadConfig(null)
let nowMs: number
let notices: string[]
let degraded: Degraded
let tally: Tally
let check: ReturnType<typeof createSourceTroubles>
beforeEach(() => {
  nowMs = Date.UTC(2026, 0, 15)
  notices = []
  degraded = createDegraded(
    () => nowMs,
    (message) => notices.push(message),
  )
  tally = createTally()
  check = createSourceTroubles({ degraded, tally })
})

const status = (more: Partial<SourceStatus> = {}): SourceStatus => ({
  name: 'sip.log',
  lagBytes: 0,
  lastLineAtMs: nowMs,
  trouble: null,
  ...NOTHING_LOST,
  ...more,
})
/** A line of the source is received now; it was written `lagMs` ago (or will be, where that is negative). */
const receive = (lagMs: number) => {
  tally.event({ source: 'sip.log', atMs: nowMs - Math.max(0, lagMs) } as SipEvent, nowMs)
  tally.batch(batchOf(['x'], { source: 'sip.log' }), { matched: 1, ambiguous: 0, aheadMs: Math.max(0, -lagMs) })
  check([status()], jails)
}
const what = () => degraded.list().map((trouble) => trouble.what)

test('a source that cannot be read is red until it can; the source itself tells it aloud', () => {
  check([status({ trouble: 'permission denied' })], jails)
  expect(degraded.list()).toEqual([
    {
      what: 'sip.log is not read: permission denied',
      since: '2026-01-15T00:00:00.000Z',
      remedy: 'nothing in it counts meanwhile; it is read as soon as it can be',
    },
  ])
  check([status()], jails)
  expect(what()).toEqual([])
  expect(notices).toEqual([])
})

test('a log that is not there at first is told aloud, one that goes later is not: a rotation takes it away for a moment', () => {
  const missing = status({ trouble: 'no such file' })
  const glob = status({ name: 'logs/*.log', trouble: 'no file matches' })
  check([missing, glob], jails)
  expect(notices).toEqual(['sip.log is not read: no such file', 'logs/*.log is not read: no file matches'])
  check([status(), glob], jails)
  check([missing, glob], jails)
  expect(what()).toEqual(['logs/*.log is not read: no file matches', 'sip.log is not read: no such file'])
  expect(notices).toHaveLength(2)
})

test('packets of which nobody knows who is the server are red until one is known', () => {
  const hear = (why: string | null) => {
    tally.event({ source: 'sip.log', atMs: nowMs, why } as SipEvent, nowMs)
    check([status()], jails)
  }
  for (let i = 0; i < 9; i++) hear('direction')
  expect(what()).toEqual([])
  hear('direction')
  expect(what()).toEqual(['sip.log: it is not known which address is the SIP server, so what it refuses does not count'])
  hear(null)
  expect(what()).toEqual([])
  expect(notices.at(-1)).toBe('sip.log: the server is known now')
})

test('a source that is no longer read has no trouble', () => {
  check([status({ trouble: 'permission denied' })], jails)
  check([], jails)
  expect(what()).toEqual([])
})

test('times in the future are said once, and over with the first batch that has none', () => {
  receive(-59_000)
  expect(what()).toEqual([])
  receive(-36e5)
  receive(-37e5)
  expect(what()).toEqual(['sip.log: its times lie in the future; its lines count at the time of their receipt'])
  receive(0)
  expect(what()).toEqual([])
  expect(notices).toEqual([
    'sip.log: its times lie in the future; its lines count at the time of their receipt',
    'sip.log: its times no longer lie in the future',
  ])
})

test('lines that keep coming late are red; a backlog that is read at once is not', () => {
  receive(60_000)
  nowMs += 36e5
  check([status({ lastLineAtMs: nowMs - 36e5 })], jails)
  expect(what()).toEqual([])
  receive(60_000)
  expect(what()).toEqual(['sip.log: its lines come later than half the shortest findtime of the jails, and so do the bans'])
  receive(29_000)
  expect(what()).toEqual([])
  receive(60_000)
  expect(what()).toEqual([])
})

test('a source that has fallen silent is red, with what to do, until it is heard', () => {
  const silence = { what: 'no HEP has come yet', remedy: 'switch the mirroring on' }
  check([status({ silence })], jails)
  expect(degraded.list()).toMatchObject([{ what: 'sip.log: no HEP has come yet', remedy: 'switch the mirroring on' }])
  check([status({ silence: null })], jails)
  expect(degraded.list()).toEqual([])
  expect(notices).toEqual(['sip.log: no HEP has come yet', 'sip.log: it is heard'])
})
