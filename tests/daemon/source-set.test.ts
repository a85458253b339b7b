import { appendFileSync, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSourceSet } from '../../src/daemon/source-set.ts'
import { until } from '../sources/recorder.ts'

let directory: string
let log: string
/** The same directory by another name. */
let other: string
let texts: string[]
let notices: string[]
let positions: Map<string, string>
let sources: ReturnType<typeof createSourceSet>
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-names-'))
  mkdirSync(join(directory, 'log'))
  log = join(directory, 'log', 'sip.log')
  symlinkSync(join(directory, 'log'), join(directory, 'logs'))
  other = join(directory, 'logs', 'sip.log')
  texts = []
  notices = []
  positions = new Map()
  writeFileSync(log, 'a\n')
})
afterEach(async () => {
  await sources.stop()
  rmSync(directory, { recursive: true })
})

async function read(...files: string[]): Promise<void> {
  sources = createSourceSet({
    positions: new Map(positions),
    fromStart: true,
    now: Date.now,
    onNotice: (message) => notices.push(message),
    feed(batch) {
      for (let i = 0; i < batch.count; i++) texts.push(batch.bytes.toString('utf8', batch.spans[2 * i], batch.spans[2 * i + 1]))
      positions.set(batch.position.stream, batch.position.mark)
    },
  })
  await sources.set(files.map((file) => ({ type: 'file', file, filter: null })))
}

const lines = (...wanted: string[]) => until(() => texts.length >= wanted.length).then(() => expect(texts).toEqual(wanted))

test('a file that two names lead to is read under one of them, over rotation and restart', async () => {
  await read(log, other)
  await lines('a')
  renameSync(log, `${log}.1`)
  writeFileSync(log, 'b\n')
  await lines('a', 'b')
  await until(() => notices.length > 0)
  expect(notices).toEqual([`${other} is ${log} by another name, under which it is read`])
  expect(sources.status().map(({ name }) => name)).toEqual([log])
  await sources.stop()
  appendFileSync(log, 'c\n')
  await read(other, log)
  await lines('a', 'b', 'c')
  appendFileSync(log, 'd\n')
  await lines('a', 'b', 'c', 'd')
})

test('who takes over a file under another name goes on where it was left', async () => {
  await read(log, other)
  await lines('a')
  await sources.set([{ type: 'file', file: other, filter: null }])
  appendFileSync(log, 'b\n')
  await lines('a', 'b')
  expect(sources.status().map(({ name }) => name)).toEqual([other])
})

test('a hard link beside a glob is the same file', async () => {
  linkSync(log, join(directory, 'link.log'))
  await read(join(directory, 'log', '*.log'), join(directory, 'link.log'))
  await lines('a')
  appendFileSync(log, 'b\n')
  await lines('a', 'b')
  expect(notices).toHaveLength(1)
})
