import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SipguardError } from '../errors.ts'
import { createPrivate } from './private-file.ts'
import { isBusy } from './sqlite-errors.ts'

/**
 * Locks the state directory for this process, until `release` or its death: the kernel frees the lock (fcntl, held by SQLite on a file
 * of its own so that others may read the state). @throws SipguardError STATE_LOCKED
 */
export function lockDirectory(dir: string): { release(): void } {
  const path = join(dir, 'lock')
  createPrivate(path)
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    // Without a rollback journal nothing is left beside the file when the process is killed.
    db.exec('PRAGMA journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    if (!isBusy(error)) throw error
    throw new SipguardError('STATE_LOCKED', `another sipguard uses the state directory ${dir}; stop it, or choose another with --state`, {
      cause: error,
    })
  }
  return { release: () => db.close() }
}
