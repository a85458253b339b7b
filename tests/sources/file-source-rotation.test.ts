import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { directory, lines, log, mark, record } from './following.ts'
import { until } from './recorder.ts'

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

/** Notice of a truncation, whatever the time since the last look. */
const truncated = (known: string) =>
  expect.stringMatching(new RegExp(`: it was truncated: ${known}; lines written in the \\d+ ms before, if any, are gone$`))

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
