import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { openState, readAllowList } from '../../src/state/index.ts'
import type { Snapshot, State } from '../../src/state/state.ts'
import { temporaryDirectories } from './temporary-directory.ts'

const COMMITTING = join(import.meta.dirname, 'committing.ts')
const KEYS = 7

const newDirectory = temporaryDirectories()

/** A process that commits until `stop` says so of what it printed, and is killed then. The newest number it called committed. */
async function commitUntil(dir: string, stop: (committed: number) => boolean): Promise<number> {
  const child = spawn(process.execPath, [COMMITTING, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  let newest = 0
  for await (const line of createInterface({ input: child.stdout })) {
    newest = Number(line)
    if (stop(newest)) child.kill('SIGKILL')
  }
  await gone
  return newest
}

/** That the outbox holds what the first n commits put there: one row of each, and the newest of each of the keys that they share. */
async function wholeOutbox(state: State, n: number): Promise<void> {
  const rows = (await state.outbox(10 * n + 10)).map(({ key, data }) => `${key} ${data}`)
  const newest = Array.from({ length: Math.min(n, KEYS) }, (_, i) => n - i)
  const expected = Array.from({ length: n }, (_, i) => `key-${i + 1} ${i + 1}`).concat(newest.map((i) => `${i % KEYS} ${i}`))
  expect(rows.sort()).toEqual(expected.sort())
}

/** That the snapshot is what the first n commits of committing.ts made, no more and no less. n. */
function wholeCommits(snapshot: Snapshot): number {
  const n = snapshot.totals.lines
  expect(snapshot.totals).toEqual({ lines: n, events: { failed_auth: n }, bans: 0 })
  expect(snapshot.positions).toEqual(new Map([['log', String(n)]]))
  expect(snapshot.offences).toEqual([{ ip: '192.0.2.7', nth: n, untilMs: null, forgetMs: null }])
  const windows = snapshot.counters.filter((row) => row.jail === 'sip-auth').map((row) => Number(row.data))
  expect(windows.sort((a, b) => a - b)).toEqual(Array.from({ length: Math.min(n, KEYS) }, (_, i) => n - Math.min(n, KEYS) + 1 + i))
  // Every 300th row comes with empty data: nothing to keep.
  expect(snapshot.counters.filter((row) => row.jail === 'sip-enum')).toHaveLength(n - Math.floor(n / 300))
  return n
}

async function hasExited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

describe('a process killed with kill -9 while it commits', () => {
  test('leaves whole commits, all it called committed, and no lock; fifty times over', { timeout: 60_000 }, async () => {
    const rounds = async (count: number) => {
      const dir = newDirectory()
      let before = 0
      for (let round = 0; round < count; round++) {
        const target = before + 1 + ((round * 37) % 120)
        const told = await commitUntil(dir, (committed) => committed >= target)
        const state = await openState(dir)
        const n = wholeCommits(await state.load())
        await wholeOutbox(state, n)
        const [newest] = await state.audited({ limit: 1 })
        expect(newest?.atMs).toBeGreaterThanOrEqual(told)
        await state.close()
        expect(told).toBeGreaterThanOrEqual(target)
        expect(n).toBeGreaterThanOrEqual(told)
        before = n
      }
    }
    // Two at a time: most of a round is waiting for a process to start.
    await Promise.all([rounds(25), rounds(25)])
  })
})

describe('while another process holds the state', () => {
  test('a second one is refused, the allow list can be read, and a kill frees the lock', async () => {
    const dir = newDirectory()
    const first = await openState(dir)
    await first.allow({ cidr: '192.0.2.0/24', untilMs: null, addedMs: 1, comment: null })
    await first.close()

    const child = spawn(process.execPath, [COMMITTING, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    await expect(openState(dir)).rejects.toThrow(
      expect.objectContaining({
        code: 'STATE_LOCKED',
        message: `another sipguard uses the state directory ${dir}; stop it, or choose another with --state`,
      }),
    )
    expect(readAllowList(dir)).toEqual([{ cidr: '192.0.2.0/24', untilMs: null, addedMs: 1, comment: null }])

    child.kill('SIGKILL')
    await hasExited(child)
    expect(readAllowList(dir)).toHaveLength(1)
    const again = await openState(dir)
    expect((await again.load()).allow).toHaveLength(1)
    await again.close()
  })
})
