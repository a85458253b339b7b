import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate } from '../../src/records/migrations.ts'
import { openPostgres } from '../../src/records/postgres.ts'
import { STEPS, type Step } from '../../src/records/schema.ts'
import { openSqlite } from '../../src/records/sqlite.ts'
import type { Database, DatabaseKind } from '../../src/records/tables.ts'
import { needs } from '../require.ts'
import { attempt } from './entries.ts'
import { type Place, postgresPlace, sqlitePlace } from './places.ts'
import { POSTGRES, type PostgresServer, startPostgres } from './postgres-server.ts'

/** What a next version might do. */
const NEXT: Step = ({ text }) => [
  `ALTER TABLE failed_registrations ADD COLUMN country ${text(2)}`,
  `UPDATE failed_registrations SET country = 'AQ'`,
]
const BROKEN: Step = () => ['CREATE TABLE half_done (id INTEGER)', 'CREATE TABLE half_done (id INTEGER)']

function migrationsContract(kind: DatabaseKind, make: () => Promise<{ place: Place; connect: () => Database }>): void {
  let place: Place
  let db: Database
  let connect: () => Database
  beforeEach(async () => {
    const made = await make()
    place = made.place
    connect = made.connect
    db = connect()
  })
  afterEach(async () => {
    await db.destroy()
    await place.remove()
  })
  const version = async () => Number((await place.query('SELECT version FROM sipguard_version'))[0]?.version)

  test('an empty database is brought to the newest version, once', async () => {
    await migrate(db, kind)
    await migrate(db, kind)
    expect(await version()).toBe(STEPS.length)
  })

  test('a database of the previous version keeps its rows and is brought to the next', async () => {
    const records = await place.open()
    await records.write([attempt()])
    await migrate(db, kind, [...STEPS, NEXT])
    expect(await version()).toBe(STEPS.length + 1)
    expect(await place.query('SELECT username, country FROM failed_registrations')).toEqual([{ username: '1001', country: 'AQ' }])
  })

  test('a database of a newer version is refused', async () => {
    await migrate(db, kind, [...STEPS, NEXT])
    await expect(place.open()).rejects.toMatchObject({
      code: 'RECORDS_UNAVAILABLE',
      message: `the records were written by a newer sipguard (version ${STEPS.length + 1}, this one knows ${STEPS.length})`,
    })
  })

  test('a step that fails leaves the version before it', async () => {
    await migrate(db, kind)
    await expect(migrate(db, kind, [...STEPS, BROKEN])).rejects.toThrow('already exists')
    expect(await version()).toBe(STEPS.length)
    await expect(place.query('SELECT * FROM half_done')).rejects.toThrow()
  })

  test('several that start at once all succeed', async () => {
    const others = Array.from({ length: 5 }, connect)
    await Promise.all(others.map((other) => migrate(other, kind)))
    await Promise.all(others.map((other) => other.destroy()))
    expect(await version()).toBe(STEPS.length)
  })
}

describe('migrations of SQLite', () => {
  migrationsContract('sqlite', async () => {
    const place = await sqlitePlace()
    return { place, connect: () => openSqlite(place.path) }
  })

  test('the file is its owner’s only, in a directory that is made', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sipguard-records-'))
    const path = join(dir, 'made', 'records.db')
    const db = openSqlite(path)
    await migrate(db, 'sqlite')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(new DatabaseSync(path).prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    await db.destroy()
    rmSync(dir, { recursive: true })
  })
})

describe.skipIf(needs('root', POSTGRES))('migrations of PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.close())

  migrationsContract('postgres', async () => {
    const place = await postgresPlace(server)
    return { place, connect: () => openPostgres(place.url) }
  })
})
