import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openRecords, type RecordsOptions } from '../../src/records/index.ts'
import type { Records } from '../../src/records/types.ts'
import type { PostgresServer } from './postgres-server.ts'

type Row = Record<string, unknown>
type Phones = RecordsOptions['phones']

/** An empty database, and two ways to look at it: ours, and anybody's SQL. */
export interface Place {
  open(phones?: Phones): Promise<Records>
  /** What another client of this database sees; of PostgreSQL all values are text. */
  query(text: string): Promise<Row[]>
  /** Closes what was opened and removes the database. */
  remove(): Promise<void>
}

/** Phones that nobody keeps. */
export const NO_PHONES: Phones = {
  record: async () => [],
  phones: async () => [],
  phoneHistory: async () => [],
  movePhone: async () => 0,
  prunePhones: async () => 0,
}

export async function sqlitePlace(): Promise<Place & { readonly path: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'sipguard-records-'))
  const path = join(dir, 'records.db')
  const opened = opener(() => ({ type: 'sqlite', path }))
  return {
    path,
    open: opened.open,
    async query(text) {
      const db = new DatabaseSync(path)
      try {
        const rows = db.prepare(text).all()
        return rows.map((row) => ({ ...row }))
      } finally {
        db.close()
      }
    },
    async remove() {
      await opened.close()
      rmSync(dir, { recursive: true })
    },
  }
}

let databases = 0

export async function postgresPlace(server: PostgresServer): Promise<Place & { readonly url: string }> {
  const url = await server.url(`records${++databases}`)
  const opened = opener(() => ({ type: 'postgres', url }))
  return {
    url,
    open: opened.open,
    async query(text) {
      const asText = (value: string) => value
      const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => asText } as pg.CustomTypesConfig })
      await client.connect()
      return client.query(text).then(
        ({ rows }) => client.end().then(() => rows),
        (error) => client.end().then(() => Promise.reject(error)),
      )
    },
    remove: opened.close,
  }
}

/** Gives one database, made at the first call and emptied at every other: quicker than a new one each time. */
export function emptiedPostgresPlaces(server: () => PostgresServer): () => Promise<Place> {
  let place: Place | null = null
  return async () => {
    if (place === null) {
      place = await postgresPlace(server())
    } else {
      const tables = await place.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'sipguard_version'")
      await place.query(`TRUNCATE ${tables.map(({ tablename }) => tablename).join(', ')} RESTART IDENTITY`)
    }
    return place
  }
}

function opener(place: () => { type: 'sqlite'; path: string } | { type: 'postgres'; url: string }) {
  const opened: Records[] = []
  return {
    async open(phones = NO_PHONES): Promise<Records> {
      const records = await openRecords({ ...place(), phones })
      opened.push(records)
      return records
    },
    close: async () => void (await Promise.all(opened.splice(0).map((records) => records.close()))),
  }
}
