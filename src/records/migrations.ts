import { sql } from 'kysely'
import { SipguardError } from '../errors.ts'
import { lock } from './postgres.ts'
import { SPELLINGS, STEPS, type Step } from './schema.ts'
import type { Database, DatabaseKind, Writing } from './tables.ts'

/**
 * Brings a database, new or old, to the newest version, all or nothing; several processes may do so at once.
 * A database that is there already is not locked and may refuse this role to make tables.
 * @throws SipguardError RECORDS_UNAVAILABLE for a newer one; the database's own errors
 */
export async function migrate(db: Database, kind: DatabaseKind, steps: readonly Step[] = STEPS): Promise<void> {
  if ((await versionOf(db, kind)) === steps.length) return
  await db.transaction().execute(async (trx) => {
    // Processes that start together wait for the first; on SQLite the transaction itself is one writer's.
    if (kind === 'postgres') await lock(trx, 'schema')
    const version = await versionOf(trx, kind)
    if (version > steps.length) {
      throw new SipguardError(
        'RECORDS_UNAVAILABLE',
        `the records were written by a newer sipguard (version ${version}, this one knows ${steps.length})`,
      )
    }
    if (version === 0) await sql.raw('CREATE TABLE sipguard_version (version INTEGER NOT NULL)').execute(trx)
    for (const step of steps.slice(version)) for (const text of step(SPELLINGS[kind])) await sql.raw(text).execute(trx)
    await sql`DELETE FROM sipguard_version`.execute(trx)
    await sql`INSERT INTO sipguard_version (version) VALUES (${steps.length})`.execute(trx)
  })
}

async function versionOf(db: Database | Writing, kind: DatabaseKind): Promise<number> {
  const tables =
    kind === 'postgres'
      ? sql`pg_tables WHERE schemaname = current_schema() AND tablename`
      : sql`sqlite_master WHERE type = 'table' AND name`
  const there = await sql<{ found: number }>`SELECT COUNT(*) AS found FROM ${tables} = 'sipguard_version'`.execute(db)
  if (there.rows[0]?.found !== 1) return 0
  const { rows } = await sql<{ version: number }>`SELECT version FROM sipguard_version`.execute(db)
  return rows[0]?.version ?? 0
}
