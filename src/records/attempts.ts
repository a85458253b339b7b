import type { Selectable } from 'kysely'
import { SipguardError } from '../errors.ts'
import type { EventKind, Transport } from '../types.ts'
import { ATTEMPT_TABLES, type AttemptTable, type Database, type Tables, WIDTHS, type Writing } from './tables.ts'
import { cut, cutId, msOfTimestamp, timestampOf, whole } from './text.ts'
import type { AttemptEntry, EventQuery, EventRow } from './types.ts'

/** failed_registrations, door_knock_attempts and other_attempts. */

const TABLE_OF: Readonly<Record<AttemptEntry['kind'], AttemptTable>> = {
  failed_registration: 'failed_registrations',
  failed_auth: 'failed_registrations',
  door_knock: 'door_knock_attempts',
  flood: 'other_attempts',
  call_rejected: 'other_attempts',
  malformed: 'other_attempts',
}
const LARGEST_PORT = 65_535
const LARGEST_EXPIRES = 2 ** 32 - 1

/** The three tables have the same columns, but for the name of one. */
type Row = Omit<Selectable<Tables['other_attempts']>, 'id'>
type Found = Selectable<Tables['failed_registrations'] & Tables['other_attempts']>

/** A counted row takes the larger count of the two; a full one that is there stays as it is. */
export async function writeAttempts(trx: Writing, entries: readonly AttemptEntry[]): Promise<void> {
  // One statement may touch a row only once.
  const distinct = new Map<string, AttemptEntry>()
  for (const entry of entries) {
    const known = distinct.get(entry.id)
    if (known === undefined || entry.attempts > known.attempts) distinct.set(entry.id, entry)
  }
  for (const table of ATTEMPT_TABLES) {
    const rows = [...distinct.values()].filter(({ kind }) => TABLE_OF[kind] === table).map(rowOf)
    if (rows.length > 0) await insert(trx, table, rows)
  }
}

async function insert(trx: Writing, table: AttemptTable, rows: readonly Row[]): Promise<void> {
  const named = table === 'failed_registrations' ? rows.map(({ reason, ...rest }) => ({ ...rest, response_reason: reason })) : rows
  await trx
    .insertInto(table as 'other_attempts')
    .values(named as Row[])
    .onConflict((conflict) =>
      conflict
        .column('event_id')
        .doUpdateSet(({ ref }) => ({ attempts: ref('excluded.attempts'), attempt_time: ref('excluded.attempt_time') }))
        .whereRef('excluded.attempts', '>', `${table as 'other_attempts'}.attempts`),
    )
    .execute()
}

function rowOf(entry: AttemptEntry): Row {
  return {
    event_id: cutId(entry.id, WIDTHS.id),
    kind: entry.kind,
    username: cut(entry.user, WIDTHS.username),
    domain: cut(entry.domain ?? '', WIDTHS.domain),
    source_ip: cut(entry.ip, WIDTHS.ip),
    source_port: whole(entry.port, LARGEST_PORT),
    transport: entry.transport,
    user_agent: cut(entry.userAgent, WIDTHS.user_agent),
    method: cut(entry.method, WIDTHS.method),
    request_uri: cut(entry.requestUri, WIDTHS.uri),
    response_code: whole(entry.code, 999),
    reason: cut(entry.reason, WIDTHS.reason),
    attempt_time: timestampOf(entry.atMs),
    expires_header: whole(entry.expires, LARGEST_EXPIRES),
    attempts: whole(entry.attempts, Number.MAX_SAFE_INTEGER),
  }
}

/** Newest first; of the same time, table by table, the one written last first. */
export async function findEvents(db: Database, query: EventQuery): Promise<EventRow[]> {
  const { kind, after, limit } = query
  const from = after === undefined ? null : readCursor(after)
  const tables = ATTEMPT_TABLES.filter((table) => kind === undefined || TABLE_OF[kind as AttemptEntry['kind']] === table)
  const found = await Promise.all(
    tables.map(async (table) => (await eventsOf(db, table, query, from).execute()).map((row) => ({ table, row: row as Found }))),
  )
  return found
    .flat()
    .sort((a, b) => compare(b.row.attempt_time, a.row.attempt_time) || place(a.table) - place(b.table) || b.row.id - a.row.id)
    .slice(0, limit)
    .map(({ table, row }) => toEvent(table, row))
}

/** The statement that finds what one table has of the answer. */
export function eventsOf(db: Database, table: AttemptTable, { kind, ip, user, domain, sinceMs, limit }: EventQuery, from: Cursor | null) {
  let select = db.selectFrom(table as 'other_attempts').selectAll()
  if (kind !== undefined) select = select.where('kind', '=', kind)
  if (ip !== undefined) select = select.where('source_ip', '=', ip)
  if (user !== undefined) select = select.where('username', '=', cut(user, WIDTHS.username))
  if (domain !== undefined) select = select.where('domain', '=', cut(domain, WIDTHS.domain))
  if (sinceMs !== undefined) select = select.where('attempt_time', '>=', timestampOf(sinceMs))
  if (from !== null) {
    const at = timestampOf(from.atMs)
    const ahead = place(table) - from.place
    select = select.where('attempt_time', ahead < 0 ? '<' : '<=', at)
    if (ahead === 0) select = select.where((is) => is.or([is('attempt_time', '<', at), is('id', '<', from.id)]))
  }
  return select.orderBy('attempt_time', 'desc').orderBy('id', 'desc').limit(limit)
}

interface Cursor {
  readonly atMs: number
  /** Of the table in ATTEMPT_TABLES. */
  readonly place: number
  readonly id: number
}

function readCursor(text: string): Cursor {
  const [, atMs, place, id] = /^(\d{1,15})\.([012])\.(\d{1,15})$/.exec(text) ?? []
  if (id === undefined) throw new SipguardError('USAGE', `expected the cursor of an event, got ${JSON.stringify(text.slice(0, 60))}`)
  return { atMs: Number(atMs), place: Number(place), id: Number(id) }
}

function toEvent(table: AttemptTable, row: Found): EventRow {
  const atMs = msOfTimestamp(row.attempt_time)
  return {
    cursor: `${atMs}.${place(table)}.${row.id}`,
    id: row.event_id,
    kind: row.kind as AttemptEntry['kind'] & EventKind,
    atMs,
    ip: row.source_ip,
    port: row.source_port,
    transport: row.transport as Transport | null,
    user: row.username,
    domain: row.domain === '' ? null : row.domain,
    userAgent: row.user_agent,
    method: row.method,
    code: row.response_code,
    reason: table === 'failed_registrations' ? row.response_reason : row.reason,
    expires: row.expires_header,
    requestUri: row.request_uri,
    attempts: row.attempts,
  }
}

const place = (table: AttemptTable): number => ATTEMPT_TABLES.indexOf(table)
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
