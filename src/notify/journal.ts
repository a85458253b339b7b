import { closeSync, existsSync, openSync, renameSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Put } from './types.ts'

/** Named values on disk, which survive kill -9. */
export interface Journal {
  /** What was there when it was opened. */
  readonly kept: ReadonlyMap<string, string>
  readonly put: Put
  /** Writes all that was put, in one transaction; without `make` only where there is a file. What cannot be written is kept for the next time. */
  flush(make: boolean): void
  close(): void
}

/**
 * Over a SQLite file of its own (0600). A disk that is full or broken never throws: `onTrouble` is
 * told once, and with null when it is over; meanwhile everything is held in memory. A damaged file is set aside.
 */
export function openJournal(path: string, onTrouble: (message: string | null) => void): Journal {
  const pending = new Map<string, string | null>()
  let db: Database | null = null
  let troubled = false
  let kept: ReadonlyMap<string, string> = new Map()

  function guarded(work: () => void): void {
    try {
      work()
      if (troubled) onTrouble(null)
      troubled = false
    } catch (error) {
      if (!troubled) onTrouble(`messages to operators are held in memory: ${path}: ${(error as Error).message}`)
      troubled = true
    }
  }

  if (existsSync(path)) {
    guarded(() => {
      try {
        db = openDatabase(path)
        kept = db.all()
      } catch (error) {
        db?.close()
        db = null
        if (!isDamaged(error)) throw error
        const aside = `${path}.damaged-${Date.now()}`
        for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
        throw new Error(`it was damaged; it is kept as ${aside} and begun anew`, { cause: error })
      }
    })
  }

  return {
    kept,
    put: (key, data) => void pending.set(key, data),
    flush(make) {
      if (pending.size === 0 || (db === null && !make)) return
      guarded(() => {
        db ??= openDatabase(path)
        db.write(pending)
        pending.clear()
      })
    },
    close() {
      db?.close()
      db = null
    },
  }
}

type Database = ReturnType<typeof openDatabase>

function openDatabase(path: string) {
  // SQLite gives its other files the mode of this one. Nobody is waited for: what cannot be written now is written with what comes next.
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600))
  const db = new DatabaseSync(path, { timeout: 0 })
  let set: StatementSync
  let drop: StatementSync
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    db.exec('CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT, WITHOUT ROWID')
    set = db.prepare('INSERT OR REPLACE INTO kept (key, data) VALUES (?, ?)')
    drop = db.prepare('DELETE FROM kept WHERE key = ?')
  } catch (error) {
    db.close()
    throw error
  }
  return {
    all: (): Map<string, string> =>
      new Map(
        db
          .prepare('SELECT key, data FROM kept ORDER BY key')
          .all()
          .map(({ key, data }) => [key as string, data as string]),
      ),
    write(rows: ReadonlyMap<string, string | null>): void {
      db.exec('BEGIN IMMEDIATE')
      try {
        for (const [key, data] of rows) {
          if (data === null) drop.run(key)
          else set.run(key, data)
        }
        db.exec('COMMIT')
      } catch (error) {
        // A full disk may have rolled back already.
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    close: () => db.close(),
  }
}

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
const isDamaged = (error: unknown): boolean => [11, 26].includes(((error as { errcode?: number }).errcode ?? 0) & 0xff)
