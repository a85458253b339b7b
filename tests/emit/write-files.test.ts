import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OURS } from '../../src/emit/ini.ts'
import { writeFiles } from '../../src/emit/write-files.ts'
import { folder } from './configuration.ts'

const FILES = [
  { path: 'filter.d/a.conf', text: `${OURS}\nnew\n` },
  { path: 'jail.d/b.conf', text: `${OURS}\nnew\n` },
]

test('folders are made, and nothing else is left behind', () => {
  const dir = folder()
  expect(writeFiles(dir, FILES)).toEqual([join(dir, 'filter.d/a.conf'), join(dir, 'jail.d/b.conf')])
  expect(readFileSync(join(dir, 'filter.d/a.conf'), 'utf8')).toBe(`${OURS}\nnew\n`)
  expect(readdirSync(join(dir, 'filter.d'))).toEqual(['a.conf'])
})
test('a file of ours is replaced as a whole', () => {
  const dir = folder({ 'filter.d/a.conf': `${OURS}, of an older version\nold\n` })
  const before = statSync(join(dir, 'filter.d/a.conf')).ino
  writeFiles(dir, FILES)
  expect(readFileSync(join(dir, 'filter.d/a.conf'), 'utf8')).toBe(`${OURS}\nnew\n`)
  expect(statSync(join(dir, 'filter.d/a.conf')).ino).not.toBe(before)
})
test("somebody else's file is not replaced, and then nothing is written", () => {
  const dir = folder({ 'jail.d/b.conf': '[asterisk]\nenabled = true\n' })
  expect(() => writeFiles(dir, FILES)).toThrow(
    expect.objectContaining({
      code: 'OUTPUT_FAILED',
      message: `${join(dir, 'jail.d/b.conf')}: not written by sipguard, so not replaced; nothing was written`,
    }),
  )
  expect(readdirSync(dir)).toEqual(['jail.d'])
  expect(readFileSync(join(dir, 'jail.d/b.conf'), 'utf8')).toBe('[asterisk]\nenabled = true\n')
})
test('a folder that cannot be written is said', () => {
  const dir = folder({ 'filter.d': 'a file' })
  expect(() => writeFiles(dir, FILES)).toThrow(
    expect.objectContaining({ code: 'OUTPUT_FAILED', message: expect.stringContaining(`cannot write to ${dir}: `) }),
  )
})
