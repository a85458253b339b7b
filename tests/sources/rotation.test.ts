import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Recorded, Recorder, until } from './recorder.ts'
import { lineOf, ROTATIONS, type Rotation, type WriterData } from './writer.ts'

const LINES = 2000
const all = Array.from({ length: LINES }, (_, i) => lineOf(i))

const copies: Rotation[] = ['copytruncate', 'rename-gzip']

let directory: string
let recorder: Recorder
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-rotation-'))
  // Made before: a file that was rotated away before anyone has opened it is nobody's.
  writeFileSync(join(directory, 'sip.log'), '')
  recorder = new Recorder({ file: join(directory, 'sip.log') })
})
afterEach(async () => {
  await recorder.stop()
  rmSync(directory, { recursive: true })
})

/** Starts a writer; resolves when it has written everything. */
function write(rotation: Rotation): Promise<void> {
  // A link that has changed twice before anyone looked leaves a file that nobody can know of.
  const every = rotation === 'symlink' ? LINES / 2 : LINES / 4
  const workerData: WriterData = { path: join(directory, 'sip.log'), lines: LINES, every, rotation }
  const worker = new Worker(new URL('./writer.ts', import.meta.url), { workerData, execArgv: [] })
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => resolve())
  })
}

const complete = () =>
  until(
    () => recorder.lines.length >= LINES,
    () => `${recorder.lines.length} lines; ${recorder.notices.join('; ')}`,
  )

/** What was said, but for truncations of which everything was read. */
const troubles = () =>
  recorder.notices.filter((notice) => !/it was truncated: (?:all that had been seen of it is|what it held is) read/.test(notice))

describe.each(ROTATIONS)('under rotation by %s', (rotation) => {
  test('every line is delivered once, in order', async () => {
    await recorder.start()
    await write(rotation)
    await complete()
    expect(recorder.texts).toEqual(all)
    expect(troubles()).toEqual([])
    const ids = new Set(recorder.lines.map(({ generation, offset }) => `${generation}:${offset}`))
    expect(ids.size).toBe(LINES)
  })
})

// Of a file deleted while nobody has it open, nothing can be read.
describe.each(ROTATIONS.filter((rotation) => rotation !== 'recreate'))('under rotation by %s', (rotation) => {
  test('every line is delivered once over stops and starts', async () => {
    await recorder.start()
    const written = write(rotation)
    for (let stops = 1; stops <= 3; stops++) {
      await until(() => recorder.lines.length >= stops * 400)
      await recorder.stop()
      await recorder.start()
    }
    await written
    await complete()
    expect(recorder.texts).toEqual(all)
    expect(troubles()).toEqual([])
  })

  test('after a kill -9 the lines since the stored position come again, none else', async () => {
    await recorder.start()
    await write(rotation)
    await complete()
    await recorder.stop()
    const { commits } = recorder
    for (const share of [0.9, 0.6, 0.3]) {
      const forgotten = recorder.rollBack(Math.floor(commits.length * share))
      const first = recorder.lines.length
      const stored = recorder.positions.get(`file:${join(directory, 'sip.log')}`)!
      await recorder.start()
      await complete()
      await recorder.stop()
      expect(recorder.texts).toEqual(all)
      expect(troubles()).toEqual([])
      // Copies and compressed files that were not begun before have an identity of their own.
      const begun = JSON.parse(stored).generation
      const sameFile = ({ generation }: Recorded) => !copies.includes(rotation) || generation === begun
      expect(recorder.lines.slice(first).filter(sameFile)).toEqual(forgotten.filter(sameFile))
    }
  })
})
