import { accessSync, constants } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SipguardError } from '../errors.ts'

/** What Fail2Ban's database says of a ban; any text may stand in it. */
export interface BanRow {
  readonly jail: string
  readonly ip: string
  /** When it began, epoch seconds. */
  readonly since: number
  /** Seconds; -1 for ever, -2 not known. */
  readonly length: number
}

export interface BanDatabase {
  /** Every jail that it knows, with the logs that it watches. */
  readonly jails: ReadonlyMap<string, readonly string[]>
  /** In force at the time. */
  readonly bans: readonly BanRow[]
}

/** fail2ban/server/database.py, `__version__`: 4 since Fail2Ban 0.11. */
const SCHEMA = 4
/** Fail2Ban holds it for the length of one write. */
const WAIT_MS = 2000

/** As Fail2Ban decides what to restore (`_getCurrentBans`). SQLite's columns hold anything; here each has its type, and no text is long. */
const IN_FORCE = `
  SELECT substr(CAST(jail AS TEXT), 1, 200) AS jail, substr(CAST(ip AS TEXT), 1, 200) AS ip,
    CAST(timeofban AS REAL) AS since, CAST(bantime AS REAL) AS length
  FROM bips WHERE CAST(bantime AS REAL) <= -1 OR CAST(timeofban AS REAL) + CAST(bantime AS REAL) > ?`
const JAILS = `
  SELECT substr(CAST(name AS TEXT), 1, 200) AS jail, substr(CAST(path AS TEXT), 1, 4096) AS path
  FROM jails LEFT JOIN logs ON logs.jail = jails.name`

/**
 * Reads Fail2Ban's database, also while Fail2Ban writes it; changes nothing in it.
 * @throws SipguardError SOURCE_UNREADABLE: not there, locked, of another version, or no database of Fail2Ban
 */
export function readBanDatabase(path: string, nowMs: number): BanDatabase {
  try {
    accessSync(path, constants.R_OK)
    const db = new DatabaseSync(path, { readOnly: true, timeout: WAIT_MS })
    try {
      // What is in the file must run nothing.
      db.exec('PRAGMA trusted_schema = OFF')
      const version = versionOf(db)
      if (version !== SCHEMA) throw new Error(strange(version))
      const jails = Map.groupBy(db.prepare(JAILS).all() as { jail: string; path: string | null }[], ({ jail }) => jail)
      return {
        jails: new Map([...jails].map(([jail, rows]) => [jail, rows.flatMap((row) => row.path ?? [])])),
        bans: db.prepare(IN_FORCE).all(nowMs / 1000) as unknown as BanRow[],
      }
    } finally {
      db.close()
    }
  } catch (cause) {
    throw new SipguardError('SOURCE_UNREADABLE', `cannot read the bans of Fail2Ban in ${path}: ${reasonOf(cause)}`, { cause })
  }
}

/** Null where there is no such table. */
function versionOf(db: DatabaseSync): unknown {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'fail2banDb'").get()
  return table === undefined ? null : (db.prepare('SELECT version FROM fail2banDb LIMIT 1').get()?.version ?? null)
}

function strange(version: unknown): string {
  if (typeof version !== 'number') return 'it is no database of Fail2Ban'
  const whose = version < SCHEMA ? 'before 0.11, which keeps no end of a ban' : 'newer than this sipguard'
  return `its schema is ${version}, of a Fail2Ban ${whose}; ${SCHEMA} is read`
}

/** SQLite's result codes: https://www.sqlite.org/rescode.html */
function reasonOf(error: unknown): string {
  const { code, errcode, message } = error as NodeJS.ErrnoException & { errcode?: number }
  if (code === 'ENOENT') return 'there is no such file (fail2ban-client get dbfile says where it is)'
  if (code === 'EACCES') return 'no permission; run this as root'
  if (errcode === 5) return 'another program holds it locked; try again'
  if (errcode === 26) return 'it is no database of Fail2Ban'
  return message
}
