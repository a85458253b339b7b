import { sql } from 'kysely'
import { ATTEMPT_TABLES, type Database } from './tables.ts'
import { timestampOf } from './text.ts'

/** Rows of one transaction: others can write between two. */
const CHUNK = 5000

/** Removes what ended before then; phones stay. How many rows. */
export async function purge(db: Database, beforeMs: number): Promise<number> {
  const before = timestampOf(beforeMs)
  let removed = 0
  for (const table of ATTEMPT_TABLES) removed += await purgeTable(db, table, 'id', 'attempt_time', before)
  removed += await purgeTable(db, 'location', 'contact_id', 'expires', Math.floor(beforeMs / 1000))
  removed += await purgeTable(db, 'bans', 'id', 'banned_until', before)
  removed += await purgeTable(db, 'bans', 'id', 'lifted_at', before)
  removed += await purgeTable(db, 'phone_history', 'id', 'changed_at', before)
  return removed
}

async function purgeTable(db: Database, table: string, id: string, column: string, before: string | number): Promise<number> {
  const [from, key, end] = [sql.table(table), sql.ref(id), sql.ref(column)]
  let removed = 0
  for (;;) {
    const oldest = sql`SELECT ${key} FROM ${from} WHERE ${end} < ${before} ORDER BY ${end} LIMIT ${sql.lit(CHUNK)}`
    const chunk = sql`DELETE FROM ${from} WHERE ${key} IN (${oldest})`
    const { numAffectedRows = 0n } = await db.transaction().execute((trx) => chunk.execute(trx))
    removed += Number(numAffectedRows)
    if (numAffectedRows < CHUNK) return removed
  }
}
