import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import type { EventRow, Records } from '../../src/records/types.ts'
import { until } from '../fleet/redis-server.ts'
import { POSTGRES, startPostgres } from '../records/postgres-server.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { attemptsOf, eventAt, openRecording, sqlitePlace } from './recording.ts'

const newDirectory = temporaryDirectories()

async function allEvents(records: Records): Promise<EventRow[]> {
  const found: EventRow[] = []
  for (;;) {
    const after = found.at(-1)?.cursor
    const page = await records.events({ limit: 500, ...(after !== undefined && { after }) })
    found.push(...page)
    if (page.length < 500) return found
  }
}

/** That the database has what the first n lines say, nothing less and nothing twice. */
async function expectWhole(records: Records, n: number): Promise<void> {
  const rows = await allEvents(records)
  expect(rows.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(attemptsOf(n))
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  const users = new Set(Array.from({ length: n }, (_, i) => eventAt(i)).flatMap((event) => (event.code === 200 ? [event.user] : [])))
  for (const user of users) expect(await records.locations({ user: user!, domain: 'example.com' })).toHaveLength(1)
}

const drained = (state: { waiting(): Promise<number> }) => until(async () => (await state.waiting()) === 0, 'the outbox to be empty')

describe('records on their way to SQLite', () => {
  test('come there exactly once, counted where they are many', async () => {
    const dir = newDirectory()
    const recording = await openRecording(dir, sqlitePlace(dir))
    for (let i = 0; i < 10; i++) await recording.read(200)
    await drained(recording.state)
    await expectWhole(recording.records, 2000)
    const rows = await allEvents(recording.records)
    expect(rows.length).toBeLessThan(300)
    expect(recording.said).toEqual([])
    await recording.close()
  })

  test('come there exactly once though the daemon is killed with kill -9, again and again', async () => {
    const dir = newDirectory()
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'recording.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] })
      const gone = once(child, 'exit')
      let lines = 0
      for await (const _ of createInterface({ input: child.stdout })) if (++lines > 5 + 17 * round) child.kill('SIGKILL')
      await gone
    }
    const recording = await openRecording(dir, sqlitePlace(dir))
    await drained(recording.state)
    expect(recording.position).toBeGreaterThan(1000)
    await expectWhole(recording.records, recording.position)
    await recording.close()
  })

  test('wait while nothing can be opened there, and none is lost', async () => {
    const dir = newDirectory()
    const place = sqlitePlace(join(dir, 'records'))
    writeFileSync(join(dir, 'records'), 'not a directory')
    const recording = await openRecording(dir, place)
    await recording.read(100)
    await until(() => recording.writer.trouble !== null, 'the trouble to be told')
    expect(recording.writer.trouble).toMatch(/^cannot use the records in /)
    await recording.close()
    const again = await openRecording(dir, sqlitePlace(dir))
    await drained(again.state)
    await expectWhole(again.records, 100)
    await again.close()
  })
})

describe.skipIf(needs('root', POSTGRES))('records on their way to PostgreSQL', () => {
  test('come there exactly once though it is killed with kill -9 meanwhile', { timeout: 60_000 }, async () => {
    const server = await startPostgres()
    try {
      const place = { ...sqlitePlace(''), database: { type: 'postgres' as const, url: await server.url('way') } }
      const recording = await openRecording(newDirectory(), place)
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 10; i++) await recording.read(100)
        // In the midst of it: some are written, some are not.
        await server.kill()
        for (let i = 0; i < 5; i++) await recording.read(100)
        await until(() => recording.writer.trouble !== null, 'the trouble to be told')
        await server.start()
        await until(() => recording.writer.trouble === null, 'the records to be written again')
      }
      await drained(recording.state)
      await expectWhole(recording.records, 4500)
      expect(recording.writer.dropped).toEqual({ lost: 0, refused: 0 })
      await recording.close()
    } finally {
      await server.close()
    }
  })
})
