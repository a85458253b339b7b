import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { AllowEntry } from '../kept.ts'
import { SELECT_ALLOW, toAllowEntry } from './rows.ts'
import { versionOf } from './schema.ts'
import { unusable } from './sqlite-errors.ts'

/** A daemon that starts or ends may hold the whole file for a moment. */
const WAIT_MS = 2000

/**
 * The allow list from disk, expired entries too: needs no daemon, takes no lock, and may run while a daemon writes.
 * Empty where no state was ever made. Right after a crash, SQLite must be able to write beside the file to read it.
 * @throws SipguardError STATE_UNUSABLE: a list that cannot be read is never taken as empty
 */
export function readAllowList(dir: string): AllowEntry[] {
  const path = join(dir, 'state.db')
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return []
    const db = new DatabaseSync(path, { readOnly: true, timeout: WAIT_MS })
    try {
      return versionOf(db) === 0 ? [] : db.prepare(SELECT_ALLOW).all().map(toAllowEntry)
    } finally {
      db.close()
    }
  } catch (error) {
    throw unusable(dir, error)
  }
}
