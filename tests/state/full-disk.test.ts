import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { openState } from '../../src/state/index.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from './temporary-directory.ts'

const newDirectory = temporaryDirectories()

/** A limit on the size of files stands for the full disk: both fail the write. */
describe.skipIf(needs('prlimit'))('a disk without room', () => {
  test('refuses commits with STATE_UNUSABLE, loses none, and takes them again when there is room', { timeout: 30_000 }, async () => {
    const dir = newDirectory()
    const committing = join(import.meta.dirname, 'committing.ts')
    const child = spawn('prlimit', ['--fsize=400000:unlimited', process.execPath, committing, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const gone = once(child, 'exit')
    const refused = new Set<string>()
    let committed = 0
    let enough = Number.POSITIVE_INFINITY
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('failed ')) {
        refused.add(line)
        // prlimit became node by exec: the process is the same.
        if (enough === Number.POSITIVE_INFINITY) {
          expect(spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']).status).toBe(0)
          enough = committed + 20
        }
      } else {
        expect(Number(line)).toBe(committed + 1)
        committed = Number(line)
        if (committed >= enough) child.kill('SIGKILL')
      }
    }
    await gone
    expect([...refused]).toEqual(['failed STATE_UNUSABLE'])
    const state = await openState(dir)
    const { totals, positions } = await state.load()
    await state.close()
    expect(totals.lines).toBeGreaterThanOrEqual(committed)
    expect(positions.get('log')).toBe(String(totals.lines))
  })
})
