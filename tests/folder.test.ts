import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../src/folder.ts'
import { needs } from './require.ts'
import { sipguard } from './sipguard.ts'
import { temporaryDirectories } from './state/temporary-directory.ts'

const newDirectory = temporaryDirectories()
const modeOf = (path: string) => statSync(path).mode & 0o777

describe('a folder', () => {
  test('is made with those above it, of one mode; what is there stays as it is', () => {
    const dir = newDirectory()
    mkdirSync(join(dir, 'a'), { mode: 0o755 })
    symlinkSync('a', join(dir, 'link'))
    for (let i = 0; i < 2; i++) makeFolder(join(dir, 'link/b/c'), 0o700)
    expect(['a', 'a/b', 'a/b/c'].map((path) => modeOf(join(dir, path)))).toEqual([0o755, 0o700, 0o700])
  })
  test('is refused where a file stands in its way', () => {
    const file = join(newDirectory(), 'file')
    writeFileSync(file, '')
    expect(() => makeFolder(file)).toThrow('EEXIST')
    expect(() => makeFolder(join(file, 'a/b'))).toThrow('ENOTDIR')
  })
  test.skipIf(process.platform !== 'linux')('is refused at once where the file system takes none', () => {
    expect(() => makeFolder('/proc/sipguard/a/b')).toThrow("mkdir '/proc/sipguard'")
  })
})

describe.skipIf(needs('root', 'unshare', 'mount'))('on a disk that is read-only', () => {
  test('the daemon says so, and of which folder', async () => {
    const dir = newDirectory()
    const mounted = ['sh', '-c', 'mount -t tmpfs -o ro none "$1" && shift && exec "$@"', 'sh', dir]
    const prefix = ['unshare', '--mount', '--propagation', 'private', ...mounted]
    const { status, err } = await sipguard(['watch', '-', '--state', join(dir, 'a/b')], { prefix })
    expect([status, err]).toEqual([1, expect.stringContaining(`EROFS: read-only file system, mkdir '${join(dir, 'a')}'`)])
  })
})
