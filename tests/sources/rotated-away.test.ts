import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Recorder, until } from './recorder.ts'

let directory: string
let log: string
let recorder: Recorder
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-rotated-'))
  log = join(directory, 'sip.log')
  recorder = new Recorder({ file: log, fromStart: true })
})
afterEach(async () => {
  await recorder.stop()
  rmSync(directory, { recursive: true })
})

const lines = (texts: string[]) =>
  until(
    () => recorder.lines.length >= texts.length,
    () => JSON.stringify([recorder.texts, recorder.notices]),
  ).then(() => expect(recorder.texts).toEqual(texts))

/** Reads what the log holds, written days ago, and ends. */
async function readAndStop(content: string, texts: string[], days = 0): Promise<void> {
  writeFileSync(log, content)
  age(log, days)
  await recorder.start()
  await lines(texts)
  await recorder.stop()
}

/** When a file was last written, days ago. */
const age = (path: string, days: number) => utimesSync(path, new Date(), new Date(Date.now() - days * 864e5))

/** As rotation compresses it: the time is kept. */
function compressed(path: string, suffix: string, how: (content: Buffer) => Buffer, days: number): void {
  writeFileSync(`${path}${suffix}`, how(readFileSync(path)))
  rmSync(path)
  age(`${path}${suffix}`, days)
}

describe('rotated while nobody read it', () => {
  test('parts in gzip and zstd are read, the oldest first', async () => {
    await readAndStop('a\nb\n', ['a', 'b'])
    appendFileSync(log, 'c\n')
    renameSync(log, `${log}.2`)
    compressed(`${log}.2`, '.zst', zstdCompressSync, 2)
    writeFileSync(`${log}.1`, 'd\n')
    compressed(`${log}.1`, '.gz', gzipSync, 1)
    writeFileSync(log, 'e\n')
    await recorder.start()
    await lines(['a', 'b', 'c', 'd', 'e'])
    expect(recorder.notices).toEqual([])
  })

  test('a copy that ends before the place that was read to is passed over, and what was rotated after it is read', async () => {
    const long = 'a'.repeat(300)
    await readAndStop(`${long}\nb\n`, [long, 'b'])
    writeFileSync(`${log}.2`, `${long}\n`)
    truncateSync(log)
    appendFileSync(log, 'c\n')
    copyFileSync(log, `${log}.1`)
    truncateSync(log)
    appendFileSync(log, 'd\n')
    age(`${log}.2`, 2)
    age(`${log}.1`, 1)
    await recorder.start()
    await lines([long, 'b', 'c', 'd'])
    const told = (n: number) =>
      `${log}: it was truncated: what it held is read from ${log}.${n}; lines written after that copy, if any, are gone`
    expect(recorder.notices).toEqual([told(2), told(1)])
  })

  test('a copy that is just being made of the log is left alone: its lines are read from the log', async () => {
    await readAndStop('a\n', ['a'])
    writeFileSync(`${log}.2`, 'a\nb\n')
    age(`${log}.2`, 2)
    truncateSync(log)
    appendFileSync(log, 'c\nd\n')
    writeFileSync(`${log}.1`, 'c\n')
    await recorder.start()
    await lines(['a', 'b', 'c', 'd'])
    appendFileSync(`${log}.1`, 'd\n')
    truncateSync(log)
    appendFileSync(log, 'e\n')
    await lines(['a', 'b', 'c', 'd', 'e'])
  })

  test('where the part that was being read is gone, what was written after it is read all the same', async () => {
    await readAndStop('a\n', ['a'], 4)
    rmSync(log)
    writeFileSync(`${log}.7`, 'long ago\n')
    age(`${log}.7`, 7)
    writeFileSync(`${log}.2`, 'b\n')
    age(`${log}.2`, 2)
    writeFileSync(`${log}.1`, 'c\n')
    age(`${log}.1`, 1)
    writeFileSync(log, 'd\n')
    await recorder.start()
    await lines(['a', 'b', 'c', 'd'])
    expect(recorder.notices).toEqual([`${log}: its stored position fits no file any more; reading goes on with ${log}.2`])
  })

  test('a position of an older version, which has no time, is understood', async () => {
    await readAndStop('a\n', ['a'])
    const stream = `file:${log}`
    const { written: _, ...mark } = JSON.parse(recorder.positions.get(stream)!)
    recorder.positions.set(stream, JSON.stringify(mark))
    appendFileSync(log, 'b\n')
    await recorder.start()
    await lines(['a', 'b'])
  })
})

describe('a compression that cannot be read here', () => {
  const sealed = () =>
    `${log}.1.xz may hold lines that were not read, and its compression cannot be read here: let logrotate use gzip or zstd (compresscmd)`

  test('is said once and stands in the status until the part is gone', async () => {
    await readAndStop('a\n', ['a'])
    appendFileSync(log, 'b\n')
    renameSync(log, `${log}.1`)
    compressed(`${log}.1`, '.xz', (content) => content, 0)
    writeFileSync(log, 'c\n')
    await recorder.start()
    await lines(['a', 'c'])
    expect(recorder.notices.filter((notice) => notice.includes('.xz'))).toEqual([`${log}: ${sealed()}`])
    expect(recorder.source?.status()).toMatchObject([{ trouble: sealed() }])
    rmSync(`${log}.1.xz`)
    expect(recorder.source?.status()).toMatchObject([{ trouble: null }])
  })

  test('is nobody’s trouble where everything had been read before', async () => {
    writeFileSync(log, 'a\n')
    await recorder.start()
    await lines(['a'])
    renameSync(log, `${log}.1`)
    writeFileSync(log, 'b\n')
    await lines(['a', 'b'])
    const { mtime } = statSync(`${log}.1`)
    compressed(`${log}.1`, '.xz', (content) => content, 0)
    utimesSync(`${log}.1.xz`, mtime, mtime)
    renameSync(log, `${log}.0`)
    writeFileSync(log, 'c\n')
    await lines(['a', 'b', 'c'])
    expect(recorder.notices).toEqual([])
    expect(recorder.source?.status()).toMatchObject([{ trouble: null }])
  })
})
