import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { Recorder, until } from './recorder.ts'

// As on NFS, or where the kernel's watches are used up: nobody tells of a change.
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  watch: () => {
    throw Object.assign(new Error('System limit for number of file watchers reached'), { code: 'ENOSPC' })
  },
}))
vi.mock('chokidar', () => ({ watch: () => ({ on: () => {}, close: async () => {} }) }))

const directory = mkdtempSync(join(tmpdir(), 'sipguard-silent-'))
afterAll(() => rmSync(directory, { recursive: true }))

test('without watches the slow poll finds new lines, new files and rotations, and it is said once', async () => {
  const log = join(directory, 'a.log')
  writeFileSync(log, '')
  const recorder = await new Recorder({ file: join(directory, '*.log') }).start()
  appendFileSync(log, 'one\n')
  writeFileSync(join(directory, 'b.log'), 'two\n')
  await until(() => recorder.lines.length === 2)
  renameSync(log, `${log}.1`)
  appendFileSync(`${log}.1`, 'three\n')
  writeFileSync(log, 'four\n')
  await until(() => recorder.lines.length === 4)
  await recorder.stop()
  expect(recorder.texts.toSorted()).toEqual(['four', 'one', 'three', 'two'])
  expect(recorder.notices).toEqual([
    `${log}: its changes are only looked for once a second: System limit for number of file watchers reached`,
  ])
})
