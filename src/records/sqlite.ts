import { existsSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DatabaseConnection, Kysely, type SqliteDatabase, SqliteDialect, SqliteDriver, type SqliteStatement } from 'kysely'
import { makeFolder } from '../folder.ts'
import type { Tables } from './tables.ts'

/** How long to wait for another writer before that is an error. */
const LONGEST_WAIT_MS = 5000
/** SQLite waits in its thread, where the other writer may be: so it waits shortly, and again after others had their turn. */
const BUSY_TIMEOUT_MS = 50
const TURN_MS = 5
/** Statements of one text are prepared once; those for many rows differ by how many. */
const STATEMENTS_KEPT = 100

/**
 * SQLite through node:sqlite: one connection, WAL. What was committed outlives a power cut: what is told to be written leaves the outbox.
 * The file is made, readable by its owner only, where there is none.
 */
export function openSqlite(path: string): Kysely<Tables> {
  makeFolder(dirname(path), 0o700)
  if (!existsSync(path)) writeFileSync(path, '', { flag: 'a', mode: 0o600 })
  const db = new DatabaseSync(path, { timeout: LONGEST_WAIT_MS })
  try {
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  } catch (error) {
    db.close()
    throw error
  }
  const database = asKyselyExpects(db)
  const dialect = new SqliteDialect({ database })
  dialect.createDriver = () => new ImmediateDriver(db, database)
  return new Kysely<Tables>({ dialect })
}

/** Takes the write lock when a transaction begins: waiting for it later could end in SQLITE_BUSY at once. */
class ImmediateDriver extends SqliteDriver {
  readonly #db: DatabaseSync
  constructor(db: DatabaseSync, database: SqliteDatabase) {
    super({ database })
    this.#db = db
  }
  override async beginTransaction(_connection: DatabaseConnection): Promise<void> {
    const lastMs = performance.now() + LONGEST_WAIT_MS
    for (;;) {
      try {
        this.#db.exec('BEGIN IMMEDIATE')
        return
      } catch (error) {
        if (!isBusy(error) || performance.now() > lastMs) throw error
        await sleep(TURN_MS)
      }
    }
  }
  override async rollbackTransaction(_connection: DatabaseConnection): Promise<void> {
    // A full disk may have rolled back already.
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
  }
}

/** SQLITE_BUSY (https://www.sqlite.org/rescode.html); the upper bits say more of the same. */
const isBusy = (error: unknown): boolean => (((error as { errcode?: number }).errcode ?? 0) & 0xff) === 5

function asKyselyExpects(db: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>()
  return {
    close: () => db.close(),
    prepare(text) {
      const known = prepared.get(text)
      if (known !== undefined) return known
      const statement = statementOver(db, text)
      if (prepared.size >= STATEMENTS_KEPT) prepared.delete(prepared.keys().next().value!)
      prepared.set(text, statement)
      return statement
    },
  }
}

function statementOver(db: DatabaseSync, text: string): SqliteStatement {
  const statement = db.prepare(text)
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  }
}
