import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe } from 'vitest'
import type { RegistrationEntry } from '../../src/records/types.ts'
import { needs } from '../require.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import type { Place } from './phone-places.ts'
import { POSTGRES, type PostgresServer, startPostgres } from './postgres-server.ts'

/** The same tests on each database; `newPlace` gives an empty one. */
export function onEachDatabase(tests: (newPlace: () => Promise<Place>) => void): void {
  describe('SQLite', () => {
    const newDirectory = temporaryDirectories()
    tests(async () => ({ type: 'sqlite', path: join(newDirectory(), 'records.db') }))
  })
  describe.skipIf(needs('root', POSTGRES))('PostgreSQL', () => {
    let server: PostgresServer
    let made = false
    beforeAll(async () => {
      server = await startPostgres()
    }, 60_000)
    afterAll(() => server.close())
    tests(async () => {
      const url = await server.url('phones')
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(made ? 'TRUNCATE registered_phones, phone_history, location' : 'SELECT').finally(() => client.end())
      made = true
      return { type: 'postgres', url }
    })
  })
}

export const START_MS = Date.UTC(2026, 0, 15, 10)
export const minuteOf = (ms: number) => (ms - START_MS) / 60_000

/** A registration `minute` minutes after START_MS; unlike `location`, phones do not look at its id. */
export function registration(minute: number, fields: Partial<RegistrationEntry> = {}): RegistrationEntry {
  const user = fields.user ?? '1001'
  return {
    type: 'registration',
    id: `node source ${minute} ${user} ${fields.ip}`,
    atMs: START_MS + minute * 60_000,
    ip: '192.0.2.7',
    port: 5060,
    transport: 'udp',
    user,
    domain: 'example.com',
    contact: `<sip:${user}@192.0.2.7:5060>`,
    userAgent: 'Yealink SIP-T46S 66.85.0.5',
    callId: 'a',
    expires: 3600,
    ...fields,
  }
}
