import { copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSource, generationOfMark, readBack } from '../../src/sources/index.ts'
import type { LineBatch } from '../../src/types.ts'

const LINES = ['the first line', 'the second \xe9', '', 'the last one']
const OFFSETS = [0, 15, 28, 29]
let dir: string
let log: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sipguard-back-'))
  log = join(dir, 'sip.log')
  writeFileSync(log, LINES.map((line) => `${line}\n`).join(''), 'latin1')
})
afterEach(() => rmSync(dir, { recursive: true }))

/** Reads the log as the daemon does. Where its lines stand, as a batch says it. */
async function follow(): Promise<{ stream: string; mark: string; generation: string }> {
  const read = Promise.withResolvers<LineBatch>()
  const source = createSource(
    { type: 'file', file: log, filter: null },
    { fromStart: true, resume: () => undefined, now: Date.now, onNotice: () => {} },
  )
  await source.start((batch) => void (batch.count > 0 && read.resolve({ ...batch })))
  const { position, generation } = await read.promise
  await source.stop()
  return { ...position, generation }
}

const textsOf = (lines: ReadonlyMap<number, Buffer>) => OFFSETS.map((offset) => lines.get(offset)?.toString('latin1'))

test('lines are read again from the log itself, and no line begins within one', async () => {
  const { stream, mark, generation } = await follow()
  expect(generationOfMark(mark)).toBe(generation)
  const found = await readBack(stream, mark, [...OFFSETS, 3, 4711])
  expect(textsOf(found)).toEqual(['the first line', 'the second \xe9', undefined, 'the last one'])
  expect(found.size).toBe(3)
})

test.each([
  ['renamed', () => renameSync(log, `${log}.1`)],
  [
    'copied and truncated',
    () => {
      copyFileSync(log, `${log}.1`)
      truncateSync(log)
    },
  ],
  [
    'compressed',
    () => {
      writeFileSync(`${log}.2.gz`, gzipSync(Buffer.from(LINES.map((line) => `${line}\n`).join(''), 'latin1')))
      rmSync(log)
    },
  ],
])('lines are read again from a log that was %s', async (_, rotate) => {
  const { stream, mark } = await follow()
  rotate()
  const found = await readBack(stream, mark, [0, 29])
  expect([...found.values()].map((line) => line.toString('latin1'))).toEqual(['the first line', 'the last one'])
})

test('of a log that is gone, or is another by now, nothing is read', async () => {
  const { stream, mark } = await follow()
  rmSync(log)
  expect(await readBack(stream, mark, [0])).toEqual(new Map())
  writeFileSync(log, 'another log\n'.repeat(20))
  expect(await readBack(stream, mark, [0])).toEqual(new Map())
  expect(await readBack('journal:kamailio.service', 's=1;i=2', [0])).toEqual(new Map())
  expect(generationOfMark('s=1;i=2')).toBeNull()
})
