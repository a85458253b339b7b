import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileSource } from '../../src/sources/file-source.ts'
import { until } from './recorder.ts'

const FILES = 3000
const ROTATED = 100

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-thousands-'))
})
afterEach(() => {
  rmSync(directory, { recursive: true })
})

const pathOf = (n: number) => join(directory, `${n}.log`)
const descriptors = () => readdirSync('/proc/self/fd').length

test('thousands of files are followed at once, over rotation too, with one descriptor each', { timeout: 60_000 }, async () => {
  for (let n = 0; n < FILES; n++) writeFileSync(pathOf(n), `first ${n}\n`)
  const before = descriptors()
  const texts: string[] = []
  const notices: string[] = []
  const source = createFileSource({
    file: join(directory, '*.log'),
    filter: null,
    fromStart: true,
    resume: () => undefined,
    now: Date.now,
    onNotice: (message) => notices.push(message),
  })
  await source.start((batch) => {
    for (let i = 0; i < batch.count; i++) texts.push(batch.bytes.toString('utf8', batch.spans[2 * i], batch.spans[2 * i + 1]))
  })
  const read = (count: number) =>
    until(
      () => texts.length >= count,
      () => `${texts.length} of ${count}`,
    )
  await read(FILES)
  for (let n = 0; n < FILES; n += 3) appendFileSync(pathOf(n), `second ${n}\n`)
  for (let n = 0; n < ROTATED; n++) {
    renameSync(pathOf(n), `${pathOf(n)}.1`)
    writeFileSync(pathOf(n), `third ${n}\n`)
  }
  const wanted = FILES + FILES / 3 + ROTATED
  await read(wanted)
  expect(texts).toHaveLength(wanted)
  expect(new Set(texts).size).toBe(wanted)
  expect(descriptors() - before).toBeLessThan(FILES + 100)
  await source.stop()
  // The kernel's word on changes comes by one that stays open.
  expect(descriptors() - before).toBeLessThan(10)
  expect(notices).toEqual([])
})
