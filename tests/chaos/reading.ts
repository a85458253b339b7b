import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { bin } from '../sipguard.ts'
import type { Told } from './ledger.ts'

const EVENT = '{"type":"event"'
const NOTICE = '{"type":"notice"'
const POLL_MS = 10
const USER = /"user":"(\d+)"/

/** One run of the real `sipguard watch`. */
export interface Reading {
  /** Numbers of the lines it has printed, in order; brought up to date by `look`, `until` and `end`. */
  readonly printed: number[]
  /** Truncations it has told of. */
  readonly told: Told[]
  /** What it has said about troubles. */
  readonly complaints: string[]
  /** Takes what was printed since. */
  look(): void
  /** Resolves to whether the condition came to hold before it ended or the time was over. */
  until(condition: () => boolean, atMostMs: number): Promise<boolean>
  /** Resolves when everything it printed has been taken, to whether it ended only now, by this signal or with 0. */
  end(signal: NodeJS.Signals): Promise<boolean>
}

/** What it prints goes to a file, so that nothing it has committed is still waiting to be printed when it is killed. */
export function startReading(log: string, state: string, ...more: string[]): Reading {
  const output = `${state}.out`
  const fd = openSync(output, 'w+')
  const argv = [bin, 'watch', log, '--state', state, '--json', '--events', ...more]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', fd, 'pipe'] })
  const printed: number[] = []
  const told: Told[] = []
  const complaints: string[] = []
  createInterface({ input: child.stderr! }).on('line', (line) => complaints.push(line))
  const closed = once(child, 'close')
  let over = false
  void closed.then(() => {
    over = true
  })
  const chunk = Buffer.allocUnsafe(1 << 20)
  let at = 0
  let rest = ''

  function look(): void {
    for (let length = -1; length !== 0; at += length) {
      length = readSync(fd, chunk, 0, chunk.length, at)
      const lines = (rest + chunk.toString('latin1', 0, length)).split('\n')
      rest = lines.pop() as string
      for (const line of lines) {
        const user = line.startsWith(EVENT) ? USER.exec(line) : null
        if (user) printed.push(Number(user[1]))
        else if (line.startsWith(NOTICE)) notice(line)
      }
    }
  }

  function notice(line: string): void {
    const { message, at } = JSON.parse(line) as { message: string; at: string }
    complaints.push(message)
    if (!/truncated/.test(message)) return
    const seen = /\b(\d+) bytes\b/.exec(message)
    told.push({ atMs: Date.parse(at), seenBytes: Number(seen?.[1] ?? 0) })
  }

  return {
    printed,
    told,
    complaints,
    look,
    async until(condition, atMostMs) {
      const deadline = performance.now() + atMostMs
      while (!condition() && !over && performance.now() < deadline) {
        await sleep(POLL_MS)
        look()
      }
      return condition()
    },
    async end(signal) {
      const ran = child.kill(signal)
      const [status, endedBy] = (await closed) as [number | null, NodeJS.Signals | null]
      look()
      closeSync(fd)
      rmSync(output)
      return ran && (status === 0 || endedBy === signal)
    },
  }
}

/** Lines counted since the state directory was made, as it is on disk; the journal is left as the kill left it. */
export function countedLines(state: string): number {
  const path = join(state, 'state.db')
  if (!existsSync(path)) return 0
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const row = database.prepare("SELECT value FROM totals WHERE name = 'lines'").get() as { value: number } | undefined
    return row?.value ?? 0
  } finally {
    database.close()
  }
}
