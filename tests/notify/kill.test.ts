import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { createNotifier } from '../../src/notify/index.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { httpSinks } from './http-sink.ts'
import { configOf } from './samples.ts'
import { soon } from './soon.ts'

const newDirectory = temporaryDirectories()
const newSink = httpSinks()

describe('a process killed with kill -9 while it tells', () => {
  test('loses nothing that was taken; what was on its way comes twice at the most', { timeout: 60_000 }, async () => {
    const { url, received } = await newSink()
    const stateDir = newDirectory()
    const told: string[] = []
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'notifying.ts'), stateDir, url], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const gone = once(child, 'exit')
      const enough = told.length + 15 + 17 * round
      for await (const line of createInterface({ input: child.stdout })) {
        told.push(line)
        if (told.length >= enough) child.kill('SIGKILL')
      }
      await gone
    }
    // As the child has it, at a time when all that it gathered is due.
    const notifier = createNotifier({
      ...{ stateDir, now: () => Date.now() + 300_000, totals: () => ({ guesses: 0, banned: 0, phones: 0 }) },
      ...{ onTrouble: () => {}, onNotice: () => {} },
      config: configOf({
        channels: [{ type: 'webhook', severities: ['critical', 'error'], url, format: 'json' }],
        severity: { jail_full: 'error' },
      }),
    })
    notifier.tick()
    await soon(() => expect(notifier.report()[0]?.waiting).toBe(0))
    await notifier.stop()
    const byId = new Map(received.map(({ body }) => [(JSON.parse(body) as { id: string }).id, body]))
    const counts = { credential_suspect: 0, jail_full: 0 }
    for (const body of byId.values()) {
      const sent = (JSON.parse(body) as { counts: Record<string, number> }).counts
      for (const kind of ['credential_suspect', 'jail_full'] as const) counts[kind] += sent[kind] ?? 0
    }
    // The child may have told one more than it could say before each kill. Of an address jail_full is said once, by the cooldown.
    const suspects = told.filter((line) => line.startsWith('credential_suspect')).length
    expect(counts.credential_suspect).toBeGreaterThanOrEqual(suspects)
    expect(counts.credential_suspect).toBeLessThanOrEqual(suspects + 4)
    const addresses = new Set(told.filter((line) => line.startsWith('jail_full')).map((line) => Number(line.split('-')[1]) % 250)).size
    expect(counts.jail_full).toBeGreaterThanOrEqual(addresses)
    expect(counts.jail_full).toBeLessThanOrEqual(addresses + 4)
    expect(received.length).toBeLessThanOrEqual(byId.size + 4)
  })
})
