import type { DatabaseSync } from 'node:sqlite'
import { SipguardError } from '../errors.ts'

/**
 * Each step takes the database from version N (`PRAGMA user_version`) to N + 1; steps are never changed, only added.
 * Times are REAL: epoch ms that a factor of `bantime.increment` may have made fractional.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE node (id TEXT NOT NULL) STRICT;
  CREATE TABLE positions (stream TEXT PRIMARY KEY, mark TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE counters (jail TEXT, key TEXT, data TEXT NOT NULL, PRIMARY KEY (jail, key)) STRICT;
  CREATE TABLE bans (
    scope TEXT NOT NULL, target TEXT NOT NULL, target_port INTEGER NOT NULL, target_transport TEXT NOT NULL,
    ip TEXT NOT NULL, prefix TEXT, port INTEGER, transport TEXT, jail TEXT NOT NULL,
    from_ms REAL NOT NULL, until_ms REAL, nth INTEGER NOT NULL, count INTEGER NOT NULL, node TEXT NOT NULL,
    PRIMARY KEY (scope, target, target_port, target_transport)
  ) STRICT;
  CREATE INDEX bans_by_ip ON bans (ip);
  CREATE TABLE offences (ip TEXT PRIMARY KEY, nth INTEGER NOT NULL, until_ms REAL, forget_ms REAL) STRICT, WITHOUT ROWID;
  CREATE TABLE allow (cidr TEXT PRIMARY KEY, until_ms REAL, added_ms REAL NOT NULL, comment TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE phones (ip TEXT, user TEXT, data TEXT NOT NULL, PRIMARY KEY (ip, user)) STRICT;
  ALTER TABLE bans ADD COLUMN level TEXT NOT NULL DEFAULT 'unknown';
  ALTER TABLE bans ADD COLUMN evidence TEXT NOT NULL DEFAULT 'unproved';
  `,
  `
  CREATE TABLE ledger (target TEXT PRIMARY KEY, data TEXT NOT NULL, unsent INTEGER NOT NULL) STRICT;
  `,
  `
  CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;
  `,
  // Tokens of the API, and who did what over it.
  `
  CREATE TABLE tokens (
    name TEXT PRIMARY KEY, role TEXT NOT NULL CHECK (role IN ('admin', 'reader')), hash TEXT NOT NULL CHECK (length(hash) = 64),
    added_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms REAL NOT NULL, who TEXT NOT NULL, origin TEXT NOT NULL, action TEXT NOT NULL,
    target TEXT, detail TEXT
  ) STRICT;
  CREATE INDEX audit_by_target ON audit (target);
  `,
  // Why bans were imposed: of each the newest word, found by what it stands on.
  `
  CREATE TABLE evidence (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, place TEXT NOT NULL, from_ms REAL NOT NULL, saved_ms REAL NOT NULL,
    data TEXT NOT NULL, lifted_ms REAL, lifted_by TEXT, UNIQUE (key, from_ms)
  ) STRICT;
  CREATE INDEX evidence_by_place ON evidence (place);
  CREATE INDEX evidence_by_age ON evidence (saved_ms);
  `,
]

/** The newest. */
export const VERSION = STEPS.length

export function versionOf(db: DatabaseSync): number {
  return db.prepare('PRAGMA user_version').get()?.user_version as number
}

/** Brings a database, new or old, to the newest version; all or nothing. @throws SipguardError STATE_UNUSABLE for a newer one */
export function migrate(db: DatabaseSync, path: string): void {
  const version = versionOf(db)
  if (version > VERSION) {
    throw new SipguardError('STATE_UNUSABLE', `${path} was written by a newer sipguard (version ${version}, this one knows ${VERSION})`)
  }
  db.exec('BEGIN IMMEDIATE')
  for (const step of STEPS.slice(version)) db.exec(step)
  db.exec(`PRAGMA user_version = ${VERSION}`)
  db.exec('COMMIT')
}
