import { appendFileSync, chmodSync, chownSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { MAX_LINE } from '../../src/sources/lines.ts'
import { NOTHING_LOST } from '../../src/sources/source.ts'
import { asNobody, NOBODY } from './as-nobody.ts'
import { directory, lines, log, mark, record } from './following.ts'
import { until } from './recorder.ts'

/** Sets when files were last written, in days ago. */
function ages(days: Record<string, number>): void {
  for (const [path, age] of Object.entries(days)) utimesSync(path, new Date(), new Date(Date.now() - age * 864e5))
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
    const file = join(directory, 'not', 'yet', 'sip.log')
    const recorder = await record({ file }).start()
    expect(recorder.source?.status()).toEqual([{ name: file, lagBytes: 0, lastLineAtMs: null, trouble: 'no such file', ...NOTHING_LOST }])
    mkdirSync(join(directory, 'not', 'yet'), { recursive: true })
    writeFileSync(file, 'a\n')
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
