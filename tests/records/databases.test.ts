import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eventsOf } from '../../src/records/attempts.ts'
import { openRecords } from '../../src/records/index.ts'
import { openSqlite } from '../../src/records/sqlite.ts'
import { ATTEMPT_TABLES } from '../../src/records/tables.ts'
import type { EventQuery, RecordEntry, Records } from '../../src/records/types.ts'
import { section } from '../docs-pages.ts'
import { needs } from '../require.ts'
import { AT_MS, attempt, ban, lift, registration } from './entries.ts'
import { NO_PHONES, type Place, postgresPlace, sqlitePlace } from './places.ts'
import { POSTGRES, type PostgresServer, startPostgres } from './postgres-server.ts'

const HOUR_MS = 3_600_000

describe('SQLite', () => {
  const queries = {
    'all events': [{}, 'by_time'],
    'those of a kind': [{ kind: 'door_knock' }, 'by_kind'],
    'those of an address': [{ ip: '192.0.2.7' }, 'by_ip'],
    'those of a user': [{ user: '1001' }, 'by_user'],
    'those of a user of a domain': [{ user: '1001', domain: 'example.com' }, 'by_user'],
    'those of a domain': [{ domain: 'example.com' }, 'by_domain'],
    'those since a time': [{ sinceMs: AT_MS }, 'by_time'],
    'those behind a cursor': [{ after: true }, 'by_time'],
  } as const

  test.for(Object.entries(queries))('finds %s by an index', async ([, [query, index]]) => {
    const place = await sqlitePlace()
    await place.open()
    const kysely = openSqlite(place.path)
    const db = new DatabaseSync(place.path)
    const from = 'after' in query ? { atMs: AT_MS, place: 1, id: 5 } : null
    for (const table of ATTEMPT_TABLES) {
      const { sql, parameters } = eventsOf(kysely, table, { ...query, limit: 10 } as EventQuery, from).compile()
      const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as string[]))
      expect(steps.map(({ detail }) => detail).join('\n')).toContain(`USING INDEX ${table}_${index}`)
    }
    db.close()
    await kysely.destroy()
    await place.remove()
  })

  test('reads only a user’s own rows for his status', async () => {
    const place = await sqlitePlace()
    await place.open()
    const steps = await place.query(`EXPLAIN QUERY PLAN SELECT * FROM user_registration_status WHERE username = '1' AND domain = 'd'`)
    const reads = steps.map(({ detail }) => String(detail)).filter((step) => /\b(?:location|failed_registrations|l|f)\b/.test(step))
    expect(reads.length).toBeGreaterThan(7)
    for (const step of reads) expect(step).toMatch(/^SEARCH .+ \(username=\? AND domain=\?/)
    await place.remove()
  })

  test('that is damaged is not available, in its own words', async () => {
    const place = await sqlitePlace()
    writeFileSync(place.path, 'no database at all '.repeat(500))
    await expect(place.open()).rejects.toMatchObject({
      code: 'RECORDS_UNAVAILABLE',
      message: `cannot use the records in ${place.path}: file is not a database`,
    })
    await place.remove()
  })
})

describe.skipIf(needs('root', POSTGRES))('PostgreSQL', () => {
  let server: PostgresServer
  let place: Awaited<ReturnType<typeof postgresPlace>>
  let records: Records
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.close())
  beforeEach(async () => {
    place = await postgresPlace(server)
    records = await place.open()
  })
  afterEach(() => place.remove())

  test('that is killed is not available, and is again when it is back, with all that was written', async () => {
    await records.write([attempt({ id: 'before' })])
    await server.kill()
    await expect(records.write([attempt()])).rejects.toMatchObject({ code: 'RECORDS_UNAVAILABLE' })
    await expect(records.events({ limit: 1 })).rejects.toMatchObject({
      code: 'RECORDS_UNAVAILABLE',
      message: expect.stringContaining(`PostgreSQL at 127.0.0.1:${server.port}/`),
    })
    await server.start()
    await records.write([attempt({ id: 'after', atMs: AT_MS + 1 })])
    expect((await records.events({ limit: 9 })).map(({ id }) => id)).toEqual(['after', 'before'])
  })

  test('that is killed while it is written has written all or nothing', async () => {
    const entries = Array.from({ length: 500 }, () => attempt())
    const writing = Array.from({ length: 20 }, (_, i) =>
      records.write(entries.map((entry, j) => ({ ...entry, id: `${i} ${j}` }))).then(
        () => true,
        () => false,
      ),
    )
    await writing[0]
    await server.kill()
    const written = (await Promise.all(writing)).filter(Boolean).length
    await server.start()
    const [row] = await place.query('SELECT COUNT(*) AS rows FROM failed_registrations')
    expect(Number(row?.rows) % 500).toBe(0)
    expect(Number(row?.rows)).toBeGreaterThanOrEqual(written * 500)
  })

  test('is never told of with its password', async () => {
    const url = `postgres://postgres:s3cret@127.0.0.1:${server.port}/no_such_database`
    const error = await openRecords({ type: 'postgres', url, phones: NO_PHONES }).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'RECORDS_UNAVAILABLE',
      message: `cannot use the records in PostgreSQL at 127.0.0.1:${server.port}/no_such_database: database "no_such_database" does not exist`,
    })
    const broken = await openRecords({ type: 'postgres', url: 'postgres://u:s3cret@[', phones: NO_PHONES }).catch((thrown) => thrown)
    expect(broken).toMatchObject({ code: 'RECORDS_UNAVAILABLE' })
    expect(broken.cause).toBeUndefined()
    expect(`${error.stack}${broken.message}`).not.toContain('s3cret')
  })

  test('is reached by its socket, too', async () => {
    const [row] = await place.query('SHOW unix_socket_directories')
    const where = `host=${row?.unix_socket_directories}&port=${server.port}`
    for (const url of [`postgres:///postgres?${where}&user=postgres`, `postgres://postgres@/postgres?${where}`]) {
      const own = await openRecords({ type: 'postgres', url, phones: NO_PHONES })
      expect(await own.bans({ ip: '192.0.2.7', limit: 1 })).toEqual([])
      await own.close()
    }
  })

  test('of another encoding is refused', async () => {
    await place.query(`CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
    const url = await server.url('postgres').then((known) => known.replace(/postgres$/, 'latin'))
    await expect(openRecords({ type: 'postgres', url, phones: NO_PHONES })).rejects.toMatchObject({
      message: expect.stringMatching(/: the database's encoding is LATIN1, expected UTF8$/),
    })
  })

  test('of a role with the rights of docs/records.md is enough', async () => {
    const [rights = ''] = sqlOf('## PostgreSQL')
    const [database, role] = ['sipguard', 'sipguard']
    for (const statement of rights.split(';').filter((text) => text.trim() !== '')) await place.query(statement)
    const url = `postgres://${role}@127.0.0.1:${server.port}/${database}`
    const own = await openRecords({ type: 'postgres', url, phones: NO_PHONES })
    await own.write([attempt(), registration(), ban()])
    expect(await own.purge(Date.UTC(2100))).toBe(3)
    await own.close()
  })

  test('and SQLite answer alike, whatever is written', async () => {
    const other = await sqlitePlace()
    const both = [records, await other.open()]
    await fc.assert(
      fc.asyncProperty(fc.array(batch(), { maxLength: 4 }), async (batches) => {
        for (const one of batches) for (const each of both) await each.write(one)
        const [postgres, sqlite] = await Promise.all(both.map(everything))
        expect(postgres).toEqual(sqlite)
      }),
      { numRuns: 30 },
    )
    await other.remove()
  })

  test('and SQLite run the examples of docs/records.md, and answer alike', async () => {
    const other = await sqlitePlace()
    const now = Date.now()
    const entries = [
      ...[1, 2, 30].map((hours) => attempt({ user: '40001', atMs: now - hours * HOUR_MS })),
      attempt({ kind: 'door_knock', reason: 'scanner_detected', atMs: now - HOUR_MS }),
      registration({ user: '40001', atMs: now - HOUR_MS, expires: 86_400 }),
      ban({ fromMs: now - HOUR_MS, untilMs: now + HOUR_MS }),
    ]
    await records.write(entries)
    await (await other.open()).write(entries)
    const both = sqlOf('## Examples')
    const sqlite = await answers(other, [...both, ...sqlOf('### In SQLite')])
    expect(sqlite).toEqual(await answers(place, [...both, ...sqlOf('### In PostgreSQL')]))
    expect(sqlite.length).toBeGreaterThan(5)
    for (const rows of sqlite) expect(rows).not.toEqual([])
    await other.remove()
  })
})

/** The SQL of a section of the page, up to its first subsection, statement by statement. */
function sqlOf(heading: string): string[] {
  const own = section('docs/records.md', heading).split(/^###? /m)[0] ?? ''
  const blocks = [...own.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
  return heading === '## PostgreSQL' ? blocks : blocks.flatMap((text) => text.split(/;\n/)).filter((text) => text.trim() !== '')
}

/** Values as text, times as numbers: what the two clients make of them differs, not what is there. */
async function answers(place: Place, statements: readonly string[]): Promise<string[][]> {
  const plain = (value: unknown) => (/^\d{4}-\d\d-\d\d \d/.test(String(value)) ? Date.parse(String(value).replace(/\+00$/, 'Z')) : value)
  const found: string[][] = []
  for (const statement of statements) found.push((await place.query(statement)).map((row) => Object.values(row).map(plain).join(' | ')))
  return found
}

async function everything(records: Records) {
  const events = await records.events({ limit: 10_000 })
  return {
    events: events.map(({ cursor: _, ...event }) => event),
    users: await records.users({ limit: 10_000 }),
    locations: await records.locations({ ip: '192.0.2.7' }),
    bans: await records.bans({ ip: '192.0.2.7', limit: 100 }),
  }
}

/** Of few names, so that they meet, and at times that are hours from where the view's answer changes. */
function batch(): fc.Arbitrary<RecordEntry[]> {
  const now = Math.floor(Date.now() / 1000) * 1000
  const some = fc.record({
    user: fc.constantFrom('a', 'b', 'B', 'é', 'Z', ''),
    domain: fc.constantFrom('', 'example.com', 'Example.com'),
    atMs: fc.constantFrom(1, 2, 12, 22, 26, 48).map((hours) => now - hours * HOUR_MS),
    ip: fc.constantFrom('192.0.2.7', '2001:db8::7'),
    port: fc.constantFrom(null, 5060),
    expires: fc.constantFrom(null, 0, 60, 10 * 3600, 100 * 3600),
    contact: fc.constantFrom(null, '*', 'sip:a@192.0.2.7', '<sip:a@192.0.2.7>;expires=60'),
    id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8'),
    attempts: fc.integer({ min: 1, max: 9 }),
    code: fc.constantFrom(null, 403, 404),
    kind: fc.constantFrom('failed_registration', 'failed_auth', 'door_knock', 'malformed'),
    type: fc.constantFrom('attempt', 'registration', 'ban', 'lift'),
  })
  const entry = some.map(({ type, id, kind, attempts, code, contact, ...shared }): RecordEntry => {
    if (type === 'attempt') return attempt({ ...shared, id: `${kind} ${id}`, kind, attempts, code })
    if (type === 'registration') return registration({ ...shared, contact })
    const decided = ban({ ip: shared.ip, fromMs: now + Number(id), nth: attempts })
    return type === 'ban' ? decided : lift(decided, shared.atMs)
  })
  return fc.array(entry, { maxLength: 30 })
}
