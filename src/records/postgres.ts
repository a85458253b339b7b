import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import type { Database, Tables, Writing } from './tables.ts'
import { timestampOf } from './text.ts'

const CONNECTIONS = 4
const CONNECT_TIMEOUT_MS = 5000
/** A server that takes a connection and never answers must not hold anybody for ever. */
const QUERY_TIMEOUT_MS = 60_000
/** Type numbers (pg_type.dat): 8-byte integers are counts and ids here, far below 2^53. */
const INT8 = 20
const TIMESTAMPTZ = 1184

/** PostgreSQL through pg. Connects when it is first used, and again when a connection was lost. */
export function openPostgres(url: string): Kysely<Tables> {
  const types = { getTypeParser: parserOf } as pg.CustomTypesConfig
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'sipguard',
    types,
  })
  // The loss of a connection that nobody is using, or between two statements, is told by the next statement.
  const nothing = () => {}
  pool.on('error', nothing)
  pool.on('connect', (client) => client.on('error', nothing))
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
}

function parserOf(type: number, format?: 'text' | 'binary'): unknown {
  const parse = pg.types.getTypeParser(type, format as 'text')
  if (type === INT8) return Number
  if (type === TIMESTAMPTZ) return (text: string) => timestampOf((parse(text) as Date).getTime())
  return parse
}

/** @throws Error where the database holds another encoding: not every name could be written */
export async function checkEncoding(db: Database): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`SHOW server_encoding`.execute(db)
  const found = rows[0]?.server_encoding
  if (found !== 'UTF8') throw new Error(`the database's encoding is ${found}, expected UTF8`)
}

/** Until the transaction ends. Those who take it one after the other cannot wait for each other's rows in a circle. */
export async function lock(trx: Writing, name: 'schema' | 'writer'): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext(${`sipguard records ${name}`}))`.execute(trx)
}
