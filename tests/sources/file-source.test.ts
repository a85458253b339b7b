import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FileSourceOptions } from '../../src/sources/file-source.ts'
import { MAX_LINE } from '../../src/sources/lines.ts'
import { NOTHING_LOST } from '../../src/sources/source.ts'
import { asNobody, NOBODY } from './as-nobody.ts'
import { Recorder, until } from './recorder.ts'

let directory: string
let log: string
const recorders: Recorder[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-source-'))
  log = join(directory, 'sip.log')
})
afterEach(async () => {
  await Promise.all(recorders.splice(0).map((recorder) => recorder.stop()))
  rmSync(directory, { recursive: true })
})

/** What our descriptors lead to. */
const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })

/** Sets when files were last written, in days ago. */
function ages(days: Record<string, number>): void {
  for (const [path, age] of Object.entries(days)) utimesSync(path, new Date(), new Date(Date.now() - age * 864e5))
}

const record = (options: Partial<FileSourceOptions> = {}) => {
  const recorder = new Recorder({ file: log, ...options })
  recorders.push(recorder)
  return recorder
}
/** Notice of a truncation, whatever the time since the last look. */
const truncated = (known: string) =>
  expect.stringMatching(new RegExp(`: it was truncated: ${known}; lines written in the \\d+ ms before, if any, are gone$`))
const lines = (recorder: Recorder, texts: string[]) =>
  until(
    () => recorder.lines.length >= texts.length,
    () => JSON.stringify([recorder.texts, recorder.notices]),
  ).then(() => expect(recorder.texts).toEqual(texts))
/** Settled: everything up to a last line has been delivered. */
const mark = async (recorder: Recorder, texts: string[], path = log) => {
  appendFileSync(path, 'last\n')
  await lines(recorder, [...texts, 'last'])
}

describe('the first start', () => {
  test('begins at the end of a file that exists, with the line that is being written', async () => {
    writeFileSync(log, 'old\nhalf a')
    const recorder = await record().start()
    appendFileSync(log, ' line\n')
    await mark(recorder, ['half a line'])
  })

  test('reads a file whole when asked to', async () => {
    writeFileSync(log, 'a\nb\n')
    await lines(await record({ fromStart: true }).start(), ['a', 'b'])
  })

  test('begins where the hook says, with the next whole line', async () => {
    writeFileSync(log, 'one\ntwo\nthree\nfour\n')
    const tails: string[] = []
    const recorder = record({
      startOffset(path, size, readTail) {
        expect([path, size]).toEqual([log, 19])
        tails.push(readTail(5).toString(), readTail(1000).toString())
        return 6
      },
    })
    await lines(await recorder.start(), ['three', 'four'])
    expect(tails).toEqual(['four\n', 'one\ntwo\nthree\nfour\n'])
  })

  test('reads a file that appears later, also its directory, from its start', async () => {
    log = join(directory, 'not', 'yet', 'sip.log')
    const recorder = await record().start()
    expect(recorder.source?.status()).toEqual([{ name: log, lagBytes: 0, lastLineAtMs: null, trouble: 'no such file', ...NOTHING_LOST }])
    mkdirSync(join(directory, 'not', 'yet'), { recursive: true })
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    expect(recorder.source?.status()[0]?.trouble).toBeNull()
    expect(recorder.notices).toEqual([])
  })

  test('is stored before the first line, so that a kill -9 loses none after it', async () => {
    writeFileSync(log, 'old\n')
    const recorder = await record().start()
    await until(() => recorder.positions.size === 2)
    await recorder.stop()
    appendFileSync(log, 'new\n')
    await lines(await recorder.start(), ['new'])
  })
})

describe('lines', () => {
  test('are bytes: NUL, invalid UTF-8 and carriage returns within pass through', async () => {
    const recorder = await record().start()
    writeFileSync(log, Buffer.from('a\0b\r\n\xff\xfe\n\n\r\nc\rd\n', 'latin1'))
    await lines(recorder, ['a\0b', '\xff\xfe', '', '', 'c\rd'])
    expect(recorder.lines.map(({ offset }) => offset)).toEqual([0, 5, 8, 9, 11])
  })

  test('are delivered when they are complete', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'a\nhal')
    await lines(recorder, ['a'])
    appendFileSync(log, 'f a li')
    appendFileSync(log, 'ne\n')
    await lines(recorder, ['a', 'half a line'])
  })

  test('longer than 64 KiB are cut once, also over a restart within one', async () => {
    const recorder = await record().start()
    writeFileSync(log, `a\n${'x'.repeat(MAX_LINE * 8)}`)
    await lines(recorder, ['a', 'x'.repeat(MAX_LINE)])
    await recorder.stop()
    appendFileSync(log, `${'x'.repeat(MAX_LINE)}\nb\n`)
    await recorder.start()
    await lines(recorder, ['a', 'x'.repeat(MAX_LINE), 'b'])
    expect(recorder.cut).toBe(1)
  })
})

describe('rotation', () => {
  test('a last line without newline is delivered when its file is left', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'a\nno newline')
    await lines(recorder, ['a'])
    renameSync(log, `${log}.1`)
    writeFileSync(log, '')
    appendFileSync(log, 'new\n')
    await lines(recorder, ['a', 'no newline', 'new'])
  })

  test('the old file is read until the new one holds something', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    renameSync(log, `${log}.1`)
    writeFileSync(log, '')
    appendFileSync(`${log}.1`, 'late\n')
    await lines(recorder, ['a', 'late'])
    appendFileSync(`${log}.1`, 'later\n')
    appendFileSync(log, 'new\n')
    await lines(recorder, ['a', 'late', 'later', 'new'])
  })

  test('what copytruncate has swallowed is read from the copy', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    recorder.onBatch = () => {
      if (existsSync(`${log}.1`)) return
      appendFileSync(log, 'swallowed\n')
      copyFileSync(log, `${log}.1`)
      truncateSync(log)
    }
    appendFileSync(log, 'b\n')
    await lines(recorder, ['a', 'b', 'swallowed'])
    await mark(recorder, ['a', 'b', 'swallowed'])
    expect(recorder.notices).toEqual([truncated('all that had been seen of it is read')])
    expect(new Set(recorder.lines.map(({ generation }) => generation)).size).toBe(2)
  })

  test('what is in no copy is reported and counted', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'first line\n')
    await lines(recorder, ['first line'])
    appendFileSync(log, 'partial')
    await until(() => recorder.source?.status()[0]?.lagBytes === 7)
    truncateSync(log)
    await until(() => recorder.notices.length > 0)
    expect(recorder.notices).toEqual([truncated('7 bytes were gone before they could be read')])
    expect(recorder.source?.status()[0]).toMatchObject({ swallowedBytes: 7, truncations: 1 })
    await mark(recorder, ['first line'])
  })

  test('a file truncated and filled anew beyond the old position is known by its first bytes', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'short\n')
    await lines(recorder, ['short'])
    writeFileSync(log, 'longer than before\nand more\n')
    await lines(recorder, ['short', 'longer than before', 'and more'])
  })

  test('a first line that is the same after a truncation is another line', async () => {
    const recorder = await record().start()
    writeFileSync(log, 'same\nb\n')
    await lines(recorder, ['same', 'b'])
    truncateSync(log)
    appendFileSync(log, 'same\n')
    await lines(recorder, ['same', 'b', 'same'])
    expect(recorder.lines[2]?.generation).not.toBe(recorder.lines[0]?.generation)
  })

  test('of a deleted file everything is read, then the descriptor is given back', async () => {
    let nowMs = 1_000_000
    const recorder = record()
    recorder.now = () => nowMs
    await recorder.start()
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    const open = () => openFiles().filter((path) => path.startsWith(log)).length
    expect(open()).toBe(1)
    appendFileSync(log, 'b\n')
    rmSync(log)
    await lines(recorder, ['a', 'b'])
    nowMs += 20_000
    await until(() => open() === 0)
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a', 'b', 'a'])
    expect(recorder.notices).toEqual([])
  })
})

describe('a restart', () => {
  const stopped = async () => {
    const recorder = await record().start()
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    await recorder.stop()
    appendFileSync(log, 'b\n')
    return recorder
  }

  test('reads what was rotated meanwhile, compressed too, the oldest first', async () => {
    const recorder = await stopped()
    writeFileSync(`${log}.9.gz`, gzipSync('much older\n'))
    renameSync(log, `${log}.1`)
    for (const content of ['c\n', 'd\n', 'e\n']) {
      for (let n = 3; n >= 1; n--) if (existsSync(`${log}.${n}`)) renameSync(`${log}.${n}`, `${log}.${n + 1}`)
      writeFileSync(log, content)
      renameSync(log, `${log}.1`)
    }
    // Ages as a day of rotation would leave them; gzip keeps them.
    ages({ [`${log}.9.gz`]: 9, [`${log}.4`]: 4, [`${log}.3`]: 3, [`${log}.2`]: 2, [`${log}.1`]: 1 })
    for (const n of [4, 2]) {
      writeFileSync(`${log}.${n}.gz`, gzipSync(readFileSync(`${log}.${n}`)))
      rmSync(`${log}.${n}`)
      ages({ [`${log}.${n}.gz`]: n })
    }
    writeFileSync(log, 'f\n')
    await recorder.start()
    await lines(recorder, ['a', 'b', 'c', 'd', 'e', 'f'])
    expect(recorder.lines[1]).toMatchObject({ generation: recorder.lines[0]!.generation, offset: 2 })
    expect(recorder.notices).toEqual([])
  })

  test('reads what copytruncate has copied meanwhile', async () => {
    const recorder = await stopped()
    copyFileSync(log, `${log}-20260115`)
    truncateSync(log)
    appendFileSync(log, 'c\n')
    await recorder.start()
    await lines(recorder, ['a', 'b', 'c'])
    const what = `what it held is read from ${log}-20260115; lines written after that copy, if any, are gone`
    expect(recorder.notices).toEqual([`${log}: it was truncated: ${what}`])
  })

  test('finds the file under a name that is no rotation', async () => {
    const recorder = await stopped()
    renameSync(log, join(directory, 'kept-for-the-lawyers'))
    writeFileSync(log, 'c\n')
    await recorder.start()
    await lines(recorder, ['a', 'b', 'c'])
  })

  test('with a position that fits nothing says so and reads the file from its start', async () => {
    const recorder = await stopped()
    rmSync(log)
    writeFileSync(log, 'c\n')
    await recorder.start()
    await lines(recorder, ['a', 'c'])
    expect(recorder.notices).toEqual([`${log}: its stored position fits no file any more; it is read from its start`])
  })

  test('with a position nobody can read says so and reads the file from its start', async () => {
    const recorder = await stopped()
    recorder.positions.set(`file:${log}`, 'nonsense')
    await recorder.start()
    await lines(recorder, ['a', 'a', 'b'])
    expect(recorder.notices).toEqual([`${log}: its stored position cannot be understood; it is read from its start`])
  })

  test('reads files of a glob that appeared meanwhile from their start', async () => {
    const recorder = await record({ file: join(directory, '*.log') }).start()
    await until(() => recorder.positions.size === 1)
    await recorder.stop()
    writeFileSync(log, 'a\n')
    await recorder.start()
    await lines(recorder, ['a'])
  })
})

describe('a glob', () => {
  test('follows what matches now and later, in subdirectories too', async () => {
    const recorder = await record({ file: join(directory, '**', '*.log') }).start()
    expect(recorder.source?.status()[0]?.trouble).toBe('no file matches')
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    mkdirSync(join(directory, 'x', 'y'), { recursive: true })
    writeFileSync(join(directory, 'x', 'y', 'z.log'), 'b\n')
    writeFileSync(join(directory, 'x', 'other.txt'), 'no\n')
    await lines(recorder, ['a', 'b'])
    expect(recorder.lines.map(({ source }) => source)).toEqual([log, join(directory, 'x', 'y', 'z.log')])
  })

  test('takes rotated parts, compressed files and links to its own files for no logs of their own', async () => {
    const recorder = await record({ file: join(directory, '*'), fromStart: true })
    writeFileSync(log, 'a\n')
    symlinkSync(log, join(directory, 'current'))
    for (const name of ['sip.log.1', 'sip.log-20260115', 'sip-20260115.log']) {
      writeFileSync(join(directory, name), `in ${name}\n`)
      ages({ [join(directory, name)]: 1 })
    }
    writeFileSync(join(directory, 'other.gz'), gzipSync('packed\n'))
    writeFileSync(join(directory, 'sip-5061.log'), 'another log\n')
    await recorder.start()
    await lines(recorder, ['another log', 'a'])
    renameSync(log, join(directory, 'a-new-name'))
    writeFileSync(log, 'b\n')
    await lines(recorder, ['another log', 'a', 'b'])
    await mark(recorder, ['another log', 'a', 'b'])
  })

  test('gives every file its turn', async () => {
    const busy = 'x'.repeat(99)
    for (let i = 0; i < 50; i++) writeFileSync(join(directory, `${i}.log`), `quiet\n`)
    writeFileSync(join(directory, '00.log'), `${busy}\n`.repeat(20_000))
    const recorder = record({ file: join(directory, '*.log'), fromStart: true })
    await recorder.start()
    await until(() => recorder.lines.length === 20_050)
    const texts = recorder.texts
    expect(texts.lastIndexOf('quiet')).toBeLessThan(texts.lastIndexOf(busy))
  })
})

describe('the sink', () => {
  test('gets one batch at a time over all files', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(directory, `${name}.log`), `${'x'.repeat(99)}\n`.repeat(5000))
    let open = 0
    let most = 0
    const recorder = record({ file: join(directory, '*.log'), fromStart: true })
    recorder.onBatch = async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
    }
    await recorder.start()
    await until(() => recorder.lines.length === 15_000)
    expect(most).toBe(1)
  })

  test('gets nothing after stop has resolved, and stop waits for the batch in flight', async () => {
    writeFileSync(log, `${'x'.repeat(99)}\n`.repeat(20_000))
    const recorder = record({ fromStart: true })
    let release: (() => void) | null = null
    recorder.onBatch = () => new Promise((resolve) => (release = resolve))
    await recorder.start()
    await until(() => release !== null)
    const stopping = recorder.stop()
    const stoppedWhileInFlight = await Promise.race([stopping.then(() => true), new Promise((resolve) => setImmediate(resolve, false))])
    expect(stoppedWhileInFlight).toBe(false)
    recorder.onBatch = () => expect.unreachable('a batch after stop')
    release!()
    await stopping
    const delivered = recorder.commits.length
    appendFileSync(log, 'more\n')
    await new Promise((resolve) => setImmediate(resolve))
    expect(recorder.commits.length).toBe(delivered)
  })

  test('that rejects gets the same lines again', async () => {
    const recorder = record()
    await recorder.start()
    await until(() => recorder.positions.size === 1)
    let failures = 0
    recorder.onBatch = () => {
      if (failures++ === 0) throw new Error('the disk is full')
    }
    writeFileSync(log, 'a\n')
    await lines(recorder, ['a'])
    expect(recorder.notices).toEqual([`${log}: its lines are not taken: the disk is full`, `${log}: its lines are taken again`])
  })
})

test('a sink that rejects lines of a compressed file gets them again', async () => {
  const recorder = await record().start()
  writeFileSync(log, 'a\n')
  await lines(recorder, ['a'])
  await recorder.stop()
  writeFileSync(`${log}.1.gz`, gzipSync('a\nb\n'))
  ages({ [`${log}.1.gz`]: 1 })
  rmSync(log)
  writeFileSync(log, 'c\n')
  let failures = 0
  recorder.onBatch = () => {
    if (failures++ === 0) throw new Error('the disk is full')
  }
  await recorder.start()
  await lines(recorder, ['a', 'b', 'c'])
})

test('a file that cannot be read is told of once, the others go on, and it recovers by itself', async () => {
  chmodSync(directory, 0o755)
  const other = join(directory, 'other.log')
  writeFileSync(log, 'a\n')
  writeFileSync(other, 'b\n')
  if (process.getuid?.() === 0) chownSync(log, NOBODY, NOBODY)
  chmodSync(log, 0)
  await asNobody(async () => {
    const recorder = await record({ file: join(directory, '*.log'), fromStart: true }).start()
    await lines(recorder, ['b'])
    const troubles = () => new Map(recorder.source?.status().map(({ name, trouble }) => [name, trouble]))
    expect(troubles()).toEqual(
      new Map([
        [other, null],
        [log, 'permission denied'],
      ]),
    )
    chmodSync(log, 0o600)
    await lines(recorder, ['b', 'a'])
    expect(troubles()).toEqual(
      new Map([
        [other, null],
        [log, null],
      ]),
    )
    expect(recorder.notices).toEqual([`${log}: it cannot be read: permission denied`, `${log}: it can be read again`])
  })
})
