import {
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'

export const ROTATIONS = ['rename', 'rename-late', 'rename-gzip', 'copytruncate', 'recreate', 'symlink'] as const
export type Rotation = (typeof ROTATIONS)[number]

export interface WriterData {
  readonly path: string
  /** Lines in all, `line 0` first. */
  readonly lines: number
  /** Lines between two rotations; 0: none. */
  readonly every: number
  readonly rotation: Rotation
}

export const lineOf = (i: number): string => `Jan 15 10:30:45 sip1 opensips[123]: line ${i} ${'x'.repeat(i % 90)}`

const PER_MS = 8

/** A server that logs some thousand lines a second, and the logrotate beside it. */
function write({ path, lines, every, rotation }: WriterData): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  const sleep = (ms: number) => Atomics.wait(pause, 0, 0, ms)
  const link = rotation === 'symlink'
  let files = 0
  const open = () => {
    if (!link) return openSync(path, 'a')
    const target = path.replace('sip.log', `app-2026011${files++}.log`)
    closeSync(openSync(target, 'a'))
    symlinkSync(target, `${path}.new`)
    renameSync(`${path}.new`, path)
    return openSync(path, 'a')
  }
  let fd = open()
  let lateUntil = Number.POSITIVE_INFINITY
  for (let i = 0; i < lines; i++) {
    writeSync(fd, `${lineOf(i)}\n`)
    if (i % PER_MS === PER_MS - 1) sleep(1)
    if (performance.now() > lateUntil || (i === lines - 1 && lateUntil < Number.POSITIVE_INFINITY)) {
      closeSync(fd)
      fd = open()
      lateUntil = Number.POSITIVE_INFINITY
    }
    if (every === 0 || i % every !== every - 1) continue
    if (rotation === 'copytruncate') {
      shift(path)
      copyFileSync(path, `${path}.1`)
      truncateSync(path)
    } else if (rotation === 'recreate') {
      closeSync(fd)
      rmSync(path)
      fd = open()
    } else if (link) {
      closeSync(fd)
      fd = open()
    } else {
      shift(path)
      renameSync(path, `${path}.1`)
      if (rotation === 'rename-late') {
        closeSync(openSync(path, 'a'))
        lateUntil = performance.now() + 100
        continue
      }
      closeSync(fd)
      fd = open()
      if (rotation === 'rename-gzip') {
        writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(`${path}.1`)))
        rmSync(`${path}.1`)
      }
    }
  }
  closeSync(fd)
}

/** `x.1` becomes `x.2` and so on, the oldest first. */
function shift(path: string): void {
  const directory = path.slice(0, path.lastIndexOf('/'))
  const name = path.slice(directory.length + 1)
  const rotated = readdirSync(directory).flatMap((other) => {
    const found = other.startsWith(`${name}.`) && /^(\d+)(\.gz)?$/.exec(other.slice(name.length + 1))
    return found ? [{ number: Number(found[1]), gz: found[2] ?? '' }] : []
  })
  for (const { number, gz } of rotated.sort((a, b) => b.number - a.number))
    renameSync(`${path}.${number}${gz}`, `${path}.${number + 1}${gz}`)
}

if (workerData?.path) write(workerData as WriterData)
