import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn } from 'node:timers/promises'
import { makeFolder } from '../folder.ts'
import type { AuditEntry, CounterRow, PhoneRow, Totals } from '../kept.ts'
import type { EventKind } from '../types.ts'
import { lockDirectory } from './lock.ts'
import { newNodeId, targetOf } from './memory.ts'
import { createPrivate } from './private-file.ts'
import {
  SELECT_ALLOW,
  SELECT_AUDIT,
  SELECT_BANS,
  SELECT_EVIDENCE,
  SELECT_LEDGER,
  SELECT_OFFENCES,
  SELECT_TOKENS,
  toAllowEntry,
  toAuditRow,
  toBan,
  toLedgerRow,
  toOffence,
  toToken,
  toWaitingRow,
} from './rows.ts'
import { salvage, setAside } from './salvage.ts'
import { migrate } from './schema.ts'
import { isCorrupt, unusable } from './sqlite-errors.ts'
import { type Effects, EVIDENCE_KEEP_MS, type KeptEvidence, MOST_AUDITED, MOST_EVIDENCE, type State } from './state.ts'

/** Rows that are written before lines get their turn; some ms. */
const SLICE = 250

export interface EmbeddedOptions {
  /** Told what a person should know, in words: a damaged database was set aside. */
  readonly onNotice?: (message: string) => void
}

/**
 * The state in SQLite: `state.db` in a directory that is made (0700) where it is missing, and locked against a second daemon.
 * What was committed survives kill -9; a power cut may take back the newest commits, positions and effects together.
 * A database that SQLite calls damaged is set aside and begun anew with what can still be read of it.
 * Every method rejects with STATE_UNUSABLE while the disk is full or broken; a commit that did so has changed nothing and may be repeated.
 * @throws SipguardError STATE_LOCKED, STATE_UNUSABLE
 */
export async function openState(dir: string, options: EmbeddedOptions = {}): Promise<State> {
  try {
    makeFolder(dir, 0o700)
    const lock = lockDirectory(dir)
    try {
      return stateOver(openDatabase(join(dir, 'state.db'), options.onNotice ?? (() => {})), dir, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    throw unusable(dir, error)
  }
}

function openDatabase(path: string, onNotice: (message: string) => void): DatabaseSync {
  try {
    return openSound(path)
  } catch (error) {
    if (!isCorrupt(error)) throw error
    const aside = setAside(path, Date.now())
    const db = openSound(path)
    const saved = salvage(aside, db)
    onNotice(`${path} was damaged and is begun anew; the old one is kept as ${aside}; ${saved} rows of its bans and lists could be read`)
    return db
  }
}

/** @throws SQLite's own error where the database is damaged */
function openSound(path: string): DatabaseSync {
  createPrivate(path)
  const db = new DatabaseSync(path, { timeout: 5000 })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    const found = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
    if (found !== 'ok') throw Object.assign(new Error(String(found)), { errcode: 11 })
    migrate(db, path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function stateOver(db: DatabaseSync, dir: string, lock: { release(): void }): State {
  const setPosition = db.prepare('INSERT OR REPLACE INTO positions (stream, mark) VALUES (?, ?)')
  const setCounter = db.prepare('INSERT OR REPLACE INTO counters (jail, key, data) VALUES (?, ?, ?)')
  const dropCounter = db.prepare('DELETE FROM counters WHERE jail = ? AND key = ?')
  const setPhone = db.prepare('INSERT OR REPLACE INTO phones (ip, user, data) VALUES (?, ?, ?)')
  const dropPhone = db.prepare('DELETE FROM phones WHERE ip = ? AND user = ?')
  const liftBans = db.prepare('DELETE FROM bans WHERE ip = ?')
  const setBan = db.prepare(
    `INSERT OR REPLACE INTO bans (scope, target, target_port, target_transport,
       ip, prefix, port, transport, jail, from_ms, until_ms, nth, count, level, evidence, node)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const dropOffence = db.prepare('DELETE FROM offences WHERE ip = ?')
  const setOffence = db.prepare('INSERT OR REPLACE INTO offences (ip, nth, until_ms, forget_ms) VALUES (?, ?, ?, ?)')
  const addTotal = db.prepare(
    'INSERT INTO totals (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value',
  )
  const setLedger = db.prepare('INSERT OR REPLACE INTO ledger (target, data, unsent) VALUES (?, ?, ?)')
  const dropLedger = db.prepare('DELETE FROM ledger WHERE target = ?')
  // Its number is new, too: who has read the one before and says that it is delivered does not mean this one.
  const setWaiting = db.prepare('INSERT OR REPLACE INTO outbox (key, data) VALUES (?, ?)')
  const readWaiting = db.prepare('SELECT seq, key, data FROM outbox ORDER BY seq LIMIT ?')
  const dropWaiting = db.prepare('DELETE FROM outbox WHERE seq = ?')
  const countWaiting = db.prepare('SELECT count(*) AS count FROM outbox')
  const setEvidence = db.prepare(
    `INSERT INTO evidence (key, place, from_ms, saved_ms, data) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key, from_ms) DO UPDATE SET data = excluded.data, saved_ms = excluded.saved_ms`,
  )
  const endEvidence = db.prepare('UPDATE evidence SET lifted_ms = ?, lifted_by = ? WHERE key = ? AND from_ms = ?')
  const dropManyEvidence = db.prepare('DELETE FROM evidence WHERE seq <= (SELECT max(seq) FROM evidence) - ?')
  const dropOldEvidence = db.prepare('DELETE FROM evidence WHERE saved_ms < ?')
  const setAllow = db.prepare('INSERT OR REPLACE INTO allow (cidr, until_ms, added_ms, comment) VALUES (?, ?, ?, ?)')
  const dropAllow = db.prepare('DELETE FROM allow WHERE cidr = ?')
  const setToken = db.prepare('INSERT OR REPLACE INTO tokens (name, role, hash, added_ms) VALUES (?, ?, ?, ?)')
  const dropToken = db.prepare('DELETE FROM tokens WHERE name = ?')
  const addAudit = db.prepare('INSERT INTO audit (at_ms, who, origin, action, target, detail) VALUES (?, ?, ?, ?, ?, ?)')
  const dropAudit = db.prepare('DELETE FROM audit WHERE id <= ?')
  const readAudit = db.prepare(`${SELECT_AUDIT} WHERE id < ? ORDER BY id DESC LIMIT ?`)
  const readAuditOf = db.prepare(`${SELECT_AUDIT} WHERE target = ? AND id < ? ORDER BY id DESC LIMIT ?`)
  const setRemembered = db.prepare('INSERT OR REPLACE INTO remembered (name, value) VALUES (?, ?)')
  const dropRemembered = db.prepare('DELETE FROM remembered WHERE name = ?')
  const getRemembered = db.prepare('SELECT value FROM remembered WHERE name = ?')

  /** Yields after each row. */
  function* apply(effects: Effects): Generator<unknown> {
    for (const { stream, mark } of effects.positions) yield setPosition.run(stream, mark)
    for (const { jail, key, data } of effects.counters) yield data === '' ? dropCounter.run(jail, key) : setCounter.run(jail, key, data)
    for (const { ip, user, data } of effects.phones) yield data === '' ? dropPhone.run(ip, user) : setPhone.run(ip, user, data)
    for (const ip of effects.lifted) yield liftBans.run(ip)
    for (const ban of effects.bans) {
      const { ip, prefix, port, transport, jail, fromMs, untilMs, nth, count, level, evidence, node } = ban
      yield setBan.run(...targetOf(ban), ip, prefix, port, transport, jail, fromMs, untilMs, nth, count, level, evidence, node)
    }
    for (const ip of effects.forgiven) yield dropOffence.run(ip)
    for (const { ip, nth, untilMs, forgetMs } of effects.offences) yield setOffence.run(ip, nth, untilMs, forgetMs)
    for (const { target, data, unsent } of effects.ledger ?? []) {
      yield data === '' ? dropLedger.run(target) : setLedger.run(target, data, unsent ? 1 : 0)
    }
    for (const { key, data } of effects.records ?? []) yield setWaiting.run(key, data)
    for (const { key, place, fromMs, savedMs, data } of effects.evidence ?? []) yield setEvidence.run(key, place, fromMs, savedMs, data)
    for (const { key, fromMs, liftedMs, liftedBy } of effects.ends ?? []) yield endEvidence.run(liftedMs, liftedBy, key, fromMs)
    const newest = effects.evidence?.at(-1)
    if (newest) {
      dropManyEvidence.run(MOST_EVIDENCE)
      dropOldEvidence.run(newest.savedMs - EVIDENCE_KEEP_MS)
    }
    for (const [name, value] of namedTotals(effects.totals)) if (value !== 0) yield addTotal.run(name, value)
  }

  function* keepAudit({ atMs, who, from, action, target, detail }: AuditEntry): Generator<unknown> {
    const { lastInsertRowid } = addAudit.run(atMs, who, from, action, target, detail)
    yield dropAudit.run(Number(lastInsertRowid) - MOST_AUDITED)
  }

  /** All or nothing. Others get their turn between the rows, so nothing else may be asked of the database meanwhile. */
  async function transaction(rows: Iterable<unknown>): Promise<void> {
    db.exec('BEGIN IMMEDIATE')
    try {
      let written = 0
      for (const _ of rows) if (++written % SLICE === 0) await turn()
      db.exec('COMMIT')
    } catch (error) {
      // A full disk may have rolled back already.
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  let last: Promise<unknown> = Promise.resolve()
  /** One after the other. */
  function guarded<T>(work: () => T | Promise<T>): Promise<T> {
    const done = last.then(work).catch((error: unknown) => {
      throw unusable(dir, error)
    })
    last = done.catch(() => {})
    return done
  }

  return {
    node: nodeId(db),
    load: () =>
      guarded(() => ({
        positions: new Map(
          db
            .prepare('SELECT stream, mark FROM positions')
            .all()
            .map(({ stream, mark }) => [stream as string, mark as string]),
        ),
        counters: db
          .prepare('SELECT jail, key, data FROM counters')
          .all()
          .map((row) => ({ ...row }) as unknown as CounterRow),
        phones: db
          .prepare('SELECT ip, user, data FROM phones')
          .all()
          .map((row) => ({ ...row }) as unknown as PhoneRow),
        bans: db.prepare(SELECT_BANS).all().map(toBan),
        offences: db.prepare(SELECT_OFFENCES).all().map(toOffence),
        allow: db.prepare(SELECT_ALLOW).all().map(toAllowEntry),
        tokens: db.prepare(SELECT_TOKENS).all().map(toToken),
        ledger: db.prepare(SELECT_LEDGER).all().map(toLedgerRow),
        totals: readTotals(db),
      })),
    commit: (effects) => guarded(() => transaction(apply(effects))),
    allow: ({ cidr, untilMs, addedMs, comment }) => guarded(() => void setAllow.run(cidr, untilMs, addedMs, comment)),
    disallow: (cidr) => guarded(() => dropAllow.run(cidr).changes > 0),
    addToken: ({ name, role, hash, addedMs }) => guarded(() => void setToken.run(name, role, hash, addedMs)),
    removeToken: (name) => guarded(() => dropToken.run(name).changes > 0),
    note: (entry) => guarded(() => transaction(keepAudit(entry))),
    audited: ({ limit, before = Number.MAX_SAFE_INTEGER, target }) =>
      guarded(() => (target === undefined ? readAudit.all(before, limit) : readAuditOf.all(target, before, limit)).map(toAuditRow)),
    remember: (name, value) => guarded(() => void (value === null ? dropRemembered.run(name) : setRemembered.run(name, value))),
    recall: (name) => guarded(() => (getRemembered.get(name)?.value as string | undefined) ?? null),
    outbox: (most) => guarded(() => readWaiting.all(most).map(toWaitingRow)),
    delivered: (seqs) => guarded(() => transaction(seqs.values().map((seq) => dropWaiting.run(seq)))),
    waiting: () => guarded(() => countWaiting.get()?.count as number),
    evidence: (places, most) =>
      guarded(() =>
        db
          .prepare(`${SELECT_EVIDENCE} WHERE place IN (${places.map(() => '?')}) ORDER BY from_ms DESC, seq DESC LIMIT ?`)
          .all(...places, most)
          .map((row) => ({ ...row }) as unknown as KeptEvidence),
      ),
    close: () =>
      guarded(() => {
        if (!db.isOpen) return
        db.close()
        lock.release()
      }),
  }
}

/** Made once, with the database. */
function nodeId(db: DatabaseSync): string {
  const known = db.prepare('SELECT id FROM node').get()?.id
  if (typeof known === 'string') return known
  const id = newNodeId()
  db.prepare('INSERT INTO node (id) VALUES (?)').run(id)
  return id
}

/** One row each: `lines`, `bans`, and `event:KIND`. */
function namedTotals(totals: Totals): [name: string, value: number][] {
  return [
    ['lines', totals.lines],
    ['bans', totals.bans],
    ...Object.entries(totals.events).map(([kind, n]): [string, number] => [`event:${kind}`, n]),
  ]
}

function readTotals(db: DatabaseSync): Totals {
  const totals: Totals = { lines: 0, events: {}, bans: 0 }
  for (const row of db.prepare('SELECT name, value FROM totals').all()) {
    const name = row.name as string
    const value = row.value as number
    if (name === 'lines' || name === 'bans') totals[name] = value
    else totals.events[name.slice('event:'.length) as EventKind] = value
  }
  return totals
}
