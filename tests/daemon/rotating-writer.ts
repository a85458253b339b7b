import { closeSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { chatter, failure } from './lines.ts'

export interface RotatingWriter {
  /** Lines written so far, and how many of them are failed registrations: every second one. */
  readonly written: { lines: number; failures: number }
  readonly rotations: number
  /** Writes no more; resolves when the last line stands. */
  stop(): Promise<void>
}

/**
 * A server that logs without a pause, and the logrotate beside it, which renames every `linesPerFile` lines (Infinity: never). Every
 * second line is a failed registration; of these every tenth counts, each of another user from another address, so that nobody is banned.
 */
export function startWriter(path: string, linesPerFile: number): RotatingWriter {
  const written = { lines: 0, failures: 0 }
  let rotations = 0
  let inFile = 0
  let stopped = false
  let fd = openSync(path, 'a')

  function rotate(): void {
    const name = `${basename(path)}.`
    const numbers = readdirSync(dirname(path)).flatMap((file) => (file.startsWith(name) ? [Number(file.slice(name.length))] : []))
    for (const number of numbers.sort((a, b) => b - a)) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
    renameSync(path, `${path}.1`)
    closeSync(fd)
    fd = openSync(path, 'a')
    rotations++
    inFile = 0
  }

  async function write(): Promise<void> {
    while (!stopped) {
      for (let i = 0; i < 15; i++) {
        const n = written.failures
        const isFailure = written.lines % 2 === 0
        const line = isFailure ? failure(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, { user: `u${n}` }) : chatter(written.lines)
        writeSync(fd, n % 10 === 0 ? line : line.replace('403 Forbidden', '503 Service Unavailable'))
        written.lines++
        if (isFailure) written.failures++
        if (++inFile >= linesPerFile) rotate()
      }
      await sleep(3)
    }
    closeSync(fd)
  }
  const writing = write()
  return {
    written,
    get rotations() {
      return rotations
    },
    stop() {
      stopped = true
      return writing
    },
  }
}
