import { appendFileSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { failures } from './lines.ts'
import { eventually, watch } from './watching.ts'

const newDirectory = temporaryDirectories()

describe.skipIf(needs('root', 'unshare', 'mount'))('a full disk under the state', () => {
  test('stops neither detection nor bans, is said aloud, and what it kept from being written is written later', async () => {
    const dir = newDirectory()
    const log = join(dir, 'sip.log')
    const state = join(dir, 'state')
    writeFileSync(log, '')
    mkdirSync(state)
    // The small disk is in a mount namespace of the daemon's own; /proc leads there.
    const prefix = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs -o size=2m tmpfs '${state}' && exec "$@"`, 'sh']
    const daemon = await watch([log], { state, socket: join(dir, 'sipguard.sock'), prefix })
    const disk = `/proc/${daemon.child.pid}/root${state}`
    const filler = join(disk, 'filler')
    expect(() => writeFileSync(filler, Buffer.alloc(4 << 20))).toThrow('ENOSPC')
    for (let i = 0; i < 40; i++) appendFileSync(log, failures(10, `203.0.113.${i}`, { user: `u${i}` }))
    await eventually(() => expect(daemon.printed('ban')).toHaveLength(40))
    await eventually(async () =>
      expect((await daemon.status()).degraded).toMatchObject([{ what: expect.stringMatching(/^the state cannot be written: .*full/) }]),
    )
    rmSync(filler)
    await eventually(async () => expect((await daemon.status()).degraded).toEqual([]))
    await eventually(() => expect(daemon.printed('notice').at(-1)).toMatchObject({ message: 'the state is written again' }))
    for (const file of ['state.db', 'state.db-wal']) copyFileSync(join(disk, file), join(dir, file))
    const stored = new DatabaseSync(join(dir, 'state.db'))
    expect(stored.prepare('SELECT count(*) AS bans FROM bans').get()).toEqual({ bans: 40 })
    expect(stored.prepare("SELECT value FROM totals WHERE name = 'lines'").get()).toEqual({ value: 400 })
    stored.close()
    expect(await daemon.end('SIGTERM')).toBe(0)
  })
})
