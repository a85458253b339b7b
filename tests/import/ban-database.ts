import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { folder } from './folder.ts'

/** Of fail2ban/server/database.py, version 4; without what we do not read. */
const SCHEMA = `
  CREATE TABLE fail2banDb(version INTEGER);
  CREATE TABLE jails(name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL DEFAULT 1);
  CREATE TABLE logs(jail TEXT NOT NULL, path TEXT, firstlinemd5 TEXT, lastfilepos INTEGER DEFAULT 0, UNIQUE(jail, path));
  CREATE TABLE bips(ip TEXT NOT NULL, jail TEXT NOT NULL, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL,
    bancount INTEGER NOT NULL default 1, data JSON, PRIMARY KEY(ip, jail));`

/** [jail, ip, timeofban, bantime] */
export type Row = readonly [jail: SQLInputValue, ip: SQLInputValue, since: SQLInputValue, length: SQLInputValue]

/** A database as Fail2Ban writes it, or as somebody who means harm would; its path. */
export function banDatabase(
  rows: readonly Row[],
  { version = 4, logs = {} }: { version?: number; logs?: Record<string, string> } = {},
): string {
  const path = join(folder(), 'fail2ban.sqlite3')
  const db = new DatabaseSync(path)
  db.exec(SCHEMA)
  db.prepare('INSERT INTO fail2banDb VALUES (?)').run(version)
  for (const [jail, path] of Object.entries(logs)) {
    db.prepare('INSERT INTO jails(name) VALUES (?)').run(jail)
    db.prepare('INSERT INTO logs(jail, path) VALUES (?, ?)').run(jail, path)
  }
  for (const row of rows) db.prepare('INSERT INTO bips(jail, ip, timeofban, bantime) VALUES (?, ?, ?, ?)').run(...row)
  db.close()
  return path
}
