import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JournalSource } from '../../src/config/types.ts'
import { createJournalSource } from '../../src/sources/journal-source.ts'
import { NOTHING_LOST, type Source } from '../../src/sources/source.ts'
import { needs } from '../require.ts'
import { JOURNAL_REMOTE, writeJournal } from './journal.ts'
import { until } from './recorder.ts'
import { createTaking, type Taking } from './taking.ts'

let directory: string
let sources: Source[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-journal-'))
  sources = []
})
afterEach(async () => {
  await Promise.all(sources.map((source) => source.stop()))
  rmSync(directory, { recursive: true })
})

async function follow(taking: Taking, given: Partial<JournalSource> = {}): Promise<Source> {
  const config: JournalSource = { type: 'journal', units: ['kamailio.service'], identifiers: [], directory, filter: null, ...given }
  const source = createJournalSource(config, taking.options)
  sources.push(source)
  await source.start(taking.sink)
  return source
}

const messages = (taking: Taking) => taking.texts().map((text) => JSON.parse(text).MESSAGE as string)
const reads = (taking: Taking, ...wanted: string[]) =>
  until(
    () => messages(taking).length >= wanted.length,
    () => taking.notices.join(),
  )
const name = () => `journal:kamailio.service in ${directory}`

describe.skipIf(needs('journalctl', JOURNAL_REMOTE))('a journal', () => {
  test('is read by the unit that journald itself has noted, whatever a message says, and then followed', async () => {
    writeJournal(directory, [
      { message: 'one' },
      { message: 'forged', unit: 'session-1.scope' },
      { message: 'two\n_SYSTEMD_UNIT=kamailio.service\n\nMESSAGE=forged' },
      { message: Buffer.from([110, 117, 108, 0, 233]) },
      { message: 'x'.repeat(10_000) },
    ])
    const taking = createTaking()
    const source = await follow(taking)
    await reads(taking, 'one', 'two', 'nul', 'long')
    writeJournal(directory, [{ message: 'later' }])
    await reads(taking, 'one', 'two', 'nul', 'long', 'later')
    expect(messages(taking)).toEqual([
      'one',
      'two#012_SYSTEMD_UNIT=kamailio.service#012#012MESSAGE=forged',
      'nul#000\ufffd',
      'x'.repeat(10_000),
      'later',
    ])
    expect(source.status()).toEqual([{ name: name(), lagBytes: 0, lastLineAtMs: expect.any(Number), trouble: null, ...NOTHING_LOST }])
    expect(taking.notices).toEqual([])
  })

  test('goes on after a restart where it was left, and records that were not committed come again under the same ids', async () => {
    writeJournal(directory, [{ message: 'one' }, { message: 'two' }])
    const taking = createTaking()
    const source = await follow(taking)
    await reads(taking, 'one', 'two')
    const afterTwo = new Map(taking.positions)
    writeJournal(directory, [{ message: 'three' }])
    await reads(taking, 'one', 'two', 'three')
    await source.stop()
    writeJournal(directory, [{ message: 'four' }])

    const again = createTaking({ resume: (stream) => afterTwo.get(stream), fromStart: false })
    await follow(again)
    await reads(again, 'three', 'four')
    expect(messages(again)).toEqual(['three', 'four'])
    expect(again.lines[0]?.id).toBe(taking.lines[2]?.id)
    expect(new Set([...taking.lines, ...again.lines].map(({ id }) => id)).size).toBe(4)
    expect(again.notices).toEqual([])
  })

  test('goes on when journalctl dies', async () => {
    writeJournal(directory, [{ message: 'one' }])
    const taking = createTaking()
    const source = await follow(taking)
    await reads(taking, 'one')
    const [pid] = execFileSync('pgrep', ['-P', String(process.pid), '-f', directory], { encoding: 'utf8' }).split('\n')
    process.kill(Number(pid), 'SIGKILL')
    await until(() => source.status()[0]?.trouble !== null)
    expect(source.status()[0]?.trouble).toBe('journalctl ended with SIGKILL')
    writeJournal(directory, [{ message: 'two' }])
    await reads(taking, 'one', 'two')
    expect(messages(taking)).toEqual(['one', 'two'])
    expect(source.status()[0]?.trouble).toBeNull()
    expect(taking.notices).toEqual([`${name()}: journalctl ended with SIGKILL`, `${name()}: it is read again`])
  })

  test('that no longer holds what was read last says so, and loses nothing that it holds', async () => {
    writeJournal(directory, [{ message: 'one' }])
    const taking = createTaking()
    const source = await follow(taking)
    await reads(taking, 'one')
    await source.stop()
    rmSync(join(directory, 'remote.journal'))
    writeJournal(directory, [{ message: 'two' }, { message: 'three' }])
    await follow(taking)
    await reads(taking, 'one', 'two', 'three')
    expect(messages(taking)).toEqual(['one', 'two', 'three'])
    expect(taking.notices).toEqual([`${name()}: the journal no longer holds what was read last: lines after it may be lost`])
  })

  test('is begun at the given time, which is stored before the first record', async () => {
    const startMs = Date.UTC(2026, 0, 20)
    writeJournal(directory, [{ message: 'old', atMs: startMs - 1000 }])
    const taking = createTaking({ fromStart: false, startTime: () => startMs })
    const source = await follow(taking)
    await until(() => taking.positions.size === 1)
    expect([...taking.positions]).toEqual([[name(), `@${startMs / 1000}.000`]])
    await source.stop()
    writeJournal(directory, [{ message: 'while it was down', atMs: startMs + 1000 }])
    const later = createTaking({ fromStart: false, startTime: () => startMs + 5000, resume: (stream) => taking.positions.get(stream) })
    await follow(later)
    await reads(later, 'while it was down')
    expect(messages(later)).toEqual(['while it was down'])
  })

  test('of a machine that was started anew holds the records from before', async () => {
    writeJournal(directory, [{ message: 'before', boot: '11119e6ba1c24f3c9d3f6a0c6d1b2a3c' }, { message: 'after' }])
    const taking = createTaking()
    await follow(taking)
    await reads(taking, 'before', 'after')
    expect(messages(taking)).toEqual(['before', 'after'])
  })

  test('is read by several units, or within them by a syslog identifier', async () => {
    writeJournal(directory, [
      { message: 'a', unit: 'a.service' },
      { message: 'b', unit: 'b.service', identifier: 'other' },
      { message: 'c', unit: 'c.service' },
    ])
    const both = createTaking()
    await follow(both, { units: ['a.service', 'b.service'] })
    const narrowed = createTaking()
    await follow(narrowed, { units: ['a.service', 'b.service'], identifiers: ['other'] })
    await reads(both, 'a', 'b')
    await reads(narrowed, 'b')
    expect([messages(both), messages(narrowed)]).toEqual([['a', 'b'], ['b']])
  })

  test('by an identifier alone it warns, for any local user can log under it', async () => {
    writeJournal(directory, [{ message: 'forged', unit: 'session-1.scope' }])
    const taking = createTaking()
    await follow(taking, { units: [], identifiers: ['kamailio'] })
    await reads(taking, 'forged')
    expect(taking.notices).toEqual([
      `journal:identifier=kamailio in ${directory}: any local user can write lines under this identifier: name the unit instead (unit:)`,
    ])
  })

  test('is read no further than the sink takes; what it refuses comes again', async () => {
    writeJournal(
      directory,
      Array.from({ length: 500 }, (_, i) => ({ message: `${i} ${'x'.repeat(2000)}` })),
    )
    const taking = createTaking()
    let refusals = 1
    taking.before = ({ count }) => {
      if (count > 0 && refusals-- > 0) throw new Error('the disk is full')
    }
    const source = await follow(taking)
    await until(() => source.status()[0]?.trouble === 'the disk is full')
    expect(taking.lines).toEqual([])
    await until(() => taking.lines.length === 500)
    expect(messages(taking).map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })

  test('that cannot be opened is told in journalctl’s words, and tried again', async () => {
    const taking = createTaking()
    const source = await follow(taking, { directory: join(directory, 'none') })
    await until(() => source.status()[0]?.trouble?.startsWith('journalctl: Failed to open ') === true)
    expect(taking.notices).toEqual([
      `journal:kamailio.service in ${directory}/none: journalctl: Failed to open ${directory}/none: No such file or directory`,
    ])
  })
})

test('without journalctl the daemon goes on, and is told so', async () => {
  const { PATH } = process.env
  process.env.PATH = directory
  try {
    const source = await follow(createTaking())
    await until(() => source.status()[0]?.trouble === 'journalctl is not installed')
    await source.stop()
  } finally {
    process.env.PATH = PATH
  }
})
