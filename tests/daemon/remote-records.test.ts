import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker, type WorkerOptions } from 'node:worker_threads'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { EntryRefused } from '../../src/daemon/entry-refused.ts'
import { openRemoteRecords, type RecordsPlace } from '../../src/daemon/remote-records.ts'
import type { AttemptEntry } from '../../src/records/types.ts'
import { until } from '../fleet/redis-server.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { sqlitePlace } from './recording.ts'

const newDirectory = temporaryDirectories()

const flood: AttemptEntry = {
  ...{ type: 'attempt', id: 'a', kind: 'flood', atMs: 1, ip: '192.0.2.7', port: null, transport: null, user: null, domain: null },
  ...{ userAgent: null, method: null, code: null, reason: null, expires: null, requestUri: null, attempts: 1 },
}

describe('the thread of the records', () => {
  const open = (dir: string, part: Partial<RecordsPlace> = {}, what?: string) => {
    const notices: string[] = []
    const worker = what === undefined ? undefined : (options: WorkerOptions) => doing(what, options)
    const records = openRemoteRecords({ ...sqlitePlace(dir), ...part, onNotice: (message) => void notices.push(message) }, worker)
    return { records, notices }
  }
  /** A worker that does this with `parentPort`. */
  const doing = (what: string, options: WorkerOptions) =>
    new Worker(`require('node:worker_threads').parentPort.${what}`, { ...options, eval: true })

  test("has the database's errors under their code, and its own messages", async () => {
    const { records } = open(newDirectory())
    await expect(records.movePhone('no mac', '1001', 1)).rejects.toThrow(
      expect.objectContaining({ code: 'MAC_INVALID', message: expect.stringMatching(/^expected a MAC address .*, got 'no mac'$/) }),
    )
    await records.close()
  })

  test('tries to open the database again at the next call', async () => {
    const dir = newDirectory()
    const path = join(dir, 'records.db')
    writeFileSync(path, 'not a database, but long enough to be taken for one '.repeat(100))
    const { records } = open(dir)
    await expect(records.users({ limit: 1 })).rejects.toThrow(expect.objectContaining({ code: 'RECORDS_UNAVAILABLE' }))
    writeFileSync(path, '')
    expect(await records.users({ limit: 1 })).toEqual([])
    await records.close()
  })

  test('refuses every call after the close, also one that it was never asked before', async () => {
    const { records } = open(newDirectory())
    await records.close()
    await expect(records.users({ limit: 1 })).rejects.toThrow(
      expect.objectContaining({ code: 'RECORDS_UNAVAILABLE', message: 'cannot use the records: they are closed' }),
    )
    await records.close()
  })

  test('answers what is under way, in its own words, when it is reconfigured, and then goes elsewhere', async () => {
    const [before, after] = [newDirectory(), newDirectory()]
    const { records } = open(before)
    const writing = records.write([flood])
    records.reconfigure(sqlitePlace(after))
    expect(await writing).toEqual([])
    expect(await records.events({ limit: 1 })).toEqual([])
    records.reconfigure(sqlitePlace(before))
    expect(await records.events({ limit: 1 })).toMatchObject([{ id: 'a' }])
    await records.close()
  })

  test('says what is wrong with the list of provisioned phones, and goes on without it', async () => {
    const dir = newDirectory()
    const provisioned = join(dir, 'phones.csv')
    writeFileSync(provisioned, '001565123456,1001\nx,1002\n')
    const { records, notices } = open(dir, { provisioned })
    expect(await records.phones({})).toEqual([])
    expect(notices).toEqual([
      `${provisioned}:2: expected a MAC such as 00:15:65:12:34:56, got 'x'; until the next reload any device may register`,
    ])
    await records.close()
  })

  test('blames an entry that the database cannot take, and takes the next', async () => {
    const { records } = open(newDirectory())
    const odd = { ...flood, id: 'b', user: {} as unknown as string }
    await expect(records.write([flood, odd])).rejects.toThrow(EntryRefused)
    expect(await records.events({ limit: 1 })).toEqual([])
    expect(await records.write([flood])).toEqual([])
    await records.close()
  })

  test('that dies rejects what it had not answered, and is started again a moment later', async () => {
    const { records } = open(newDirectory(), {}, `on('message', () => { throw new Error('out of luck') })`)
    const died = expect.objectContaining({
      code: 'RECORDS_UNAVAILABLE',
      message: 'cannot use the records: their worker has failed: out of luck',
    })
    const both = await Promise.allSettled([records.users({ limit: 1 }), records.users({ limit: 2 })])
    expect(both).toEqual([
      { status: 'rejected', reason: died },
      { status: 'rejected', reason: died },
    ])
    const message = async () => records.users({ limit: 1 }).catch((error: Error) => error.message)
    expect(await message()).toBe('cannot use the records: their worker has just ended, and is started again in a moment')
    await until(async () => (await message()) === 'cannot use the records: their worker has failed: out of luck', 'it to be started again')
    await records.close()
  })

  test('that does not answer is ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { records } = open(newDirectory(), {}, `on('message', () => {})`)
    const asked = expect(records.users({ limit: 1 })).rejects.toThrow('cannot use the records: their worker has ended')
    vi.advanceTimersByTime(90_000)
    await asked
    await records.close()
  })

  test('cannot be asked what cannot be sent, and goes on', async () => {
    const { records } = open(newDirectory())
    await expect(records.users({ limit: (() => 1) as unknown as number })).rejects.toThrow('could not be cloned')
    expect(await records.users({ limit: 1 })).toEqual([])
    await records.close()
  })
})
