import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { FileSourceOptions } from '../../src/sources/file-source.ts'
import { Recorder, until } from './recorder.ts'

/** The present test's own. */
export let directory: string
/** In it; not there at first. */
export let log: string
const recorders: Recorder[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sipguard-source-'))
  log = join(directory, 'sip.log')
})
afterEach(async () => {
  await Promise.all(recorders.splice(0).map((recorder) => recorder.stop()))
  rmSync(directory, { recursive: true })
})

/** Reads the log, or what the options say, until the test ends. */
export const record = (options: Partial<FileSourceOptions> = {}) => {
  const recorder = new Recorder({ file: log, ...options })
  recorders.push(recorder)
  return recorder
}
/** Resolves when these are all the lines that came. */
export const lines = (recorder: Recorder, texts: string[]) =>
  until(
    () => recorder.lines.length >= texts.length,
    () => JSON.stringify([recorder.texts, recorder.notices]),
  ).then(() => expect(recorder.texts).toEqual(texts))
/** Settled: everything up to a last line has been delivered. */
export const mark = async (recorder: Recorder, texts: string[], path = log) => {
  appendFileSync(path, 'last\n')
  await lines(recorder, [...texts, 'last'])
}
