import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJournal } from '../../src/daemon/journal.ts'
import { createRecordWriter } from '../../src/daemon/record-writer.ts'
import { openRemoteRecords, type RecordsPlace } from '../../src/daemon/remote-records.ts'
import { createCollector } from '../../src/records/collect.ts'
import { openState } from '../../src/state/index.ts'
import type { SipEvent } from '../../src/types.ts'
import { noChanges } from './no-changes.ts'

/** The way of events to the database, wired as in the daemon. Run as a process: what SQLite in its state directory takes until it is killed. */

export const T = Date.UTC(2026, 0, 15, 10, 30)
export const PER_MINUTE = 20
const STREAM = 'log'

/** The nth line of a log. Some addresses are over their limit, some phones register again and again. */
export function eventAt(n: number): SipEvent {
  const registers = n % 10 === 0
  return {
    ...{ kind: registers ? 'registration' : 'failed_registration', ip: `192.0.2.${n % 7}`, atMs: T + n * 10, counted: !registers },
    ...{ proved: false, shadow: false, port: 5060, transport: 'udp', user: `u${n % 20}`, domain: 'example.com', userAgent: 'a phone' },
    ...{ method: 'REGISTER', code: registers ? 200 : 403, reason: 'Forbidden', contact: registers ? `sip:u${n % 20}@192.0.2.1` : null },
    ...{ expires: 600, callId: null, requestUri: null, filter: 'opensips', rule: 'r', why: null, source: STREAM, id: `n:g:${n}` },
  }
}

/** How many of the first n lines are attempts. */
export const attemptsOf = (n: number) => n - Math.ceil(n / 10)

/** Goes on where the state's position is. */
export async function openRecording(dir: string, place: RecordsPlace) {
  const state = await openState(dir)
  const { positions } = await state.load()
  let read = Number(positions.get(STREAM) ?? 0)
  const said: string[] = []
  const collector = createCollector({ perMinute: PER_MINUTE, run: randomBytes(6).toString('hex') })
  const records = openRemoteRecords({ ...place, onNotice: (message) => void said.push(message) })
  const writer = createRecordWriter({
    ...{ state, records, keepMs: () => 100 * 365 * 864e5, now: Date.now, onSuspicions: () => {} },
    degraded: { set: (_, what) => void said.push(what), clear() {} },
  })
  const journal = createJournal({
    ...{ state, onCommitted: writer.wake, onLost: writer.lost },
    drain: () => ({ ...noChanges(), records: collector.drain() }),
    onTrouble(error) {
      if (error) throw error
    },
  })
  writer.wake()
  return {
    ...{ state, records, writer, said },
    /** Reads so many lines, and resolves when they are committed. */
    async read(lines: number): Promise<number> {
      for (let i = 0; i < lines; i++) collector.event(eventAt(read++))
      journal.note({ stream: STREAM, mark: String(read) })
      await journal.flush()
      return read
    },
    get position() {
      return read
    },
    async close(): Promise<void> {
      await journal.close()
      await writer.stop()
      await records.close()
      await state.close()
    },
  }
}

export const sqlitePlace = (dir: string): RecordsPlace => ({
  database: { type: 'sqlite', path: join(dir, 'records.db') },
  ...{ provisioned: null, geo: { country: null, asn: null } },
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dir = process.argv[2] ?? ''
  const recording = await openRecording(dir, sqlitePlace(dir))
  for (;;) {
    console.log(String(await recording.read(25)))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
