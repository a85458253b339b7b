import type { Selectable } from 'kysely'
import type { Ban, BanScope, Evidence, Transport, TrustLevel } from '../types.ts'
import { type Database, type Tables, WIDTHS, type Writing } from './tables.ts'
import { cut, cutId, msOfTimestamp, timestampOf, whole } from './text.ts'
import type { BanEntry, BanRow, LiftEntry } from './types.ts'

/** A ban that is there stays as it is. */
export async function writeBans(trx: Writing, entries: readonly BanEntry[]): Promise<void> {
  if (entries.length === 0) return
  await trx
    .insertInto('bans')
    .values(entries.map(({ id, ban }) => rowOf(id, ban)))
    .onConflict((conflict) => conflict.column('ban_id').doNothing())
    .execute()
}

/** The first lift of a ban is the one that counts. */
export async function writeLifts(trx: Writing, entries: readonly LiftEntry[]): Promise<void> {
  for (const { id, atMs } of entries) {
    await trx
      .updateTable('bans')
      .set({ lifted_at: timestampOf(atMs) })
      .where('ban_id', '=', cutId(id, WIDTHS.id))
      .where('lifted_at', 'is', null)
      .execute()
  }
}

function rowOf(id: string, ban: Ban) {
  return {
    ban_id: cutId(id, WIDTHS.id),
    ip: cut(ban.ip, WIDTHS.ip),
    scope: ban.scope,
    prefix: cut(ban.prefix, WIDTHS.ip),
    port: ban.port,
    transport: ban.transport,
    jail: cut(ban.jail, WIDTHS.jail),
    banned_at: timestampOf(ban.fromMs),
    banned_until: ban.untilMs === null ? null : timestampOf(ban.untilMs),
    nth: whole(ban.nth, LARGEST_INTEGER),
    attempts: whole(ban.count, LARGEST_INTEGER),
    level: ban.level,
    evidence: ban.evidence,
    node: cut(ban.node, WIDTHS.node),
  }
}

const LARGEST_INTEGER = 2 ** 31 - 1

/** Newest first. */
export async function findBans(db: Database, { ip, limit }: { readonly ip: string; readonly limit: number }): Promise<BanRow[]> {
  const select = db.selectFrom('bans').selectAll().where('ip', '=', ip)
  return (await select.orderBy('banned_at', 'desc').orderBy('id', 'desc').limit(limit).execute()).map(toBan)
}

function toBan(row: Selectable<Tables['bans']>): BanRow {
  return {
    ban: {
      ip: row.ip,
      scope: row.scope as BanScope,
      prefix: row.prefix,
      port: row.port,
      transport: row.transport as Transport | null,
      jail: row.jail,
      fromMs: msOfTimestamp(row.banned_at),
      untilMs: row.banned_until === null ? null : msOfTimestamp(row.banned_until),
      nth: row.nth,
      count: row.attempts,
      level: row.level as TrustLevel,
      evidence: row.evidence as Evidence,
      node: row.node,
    },
    liftedAtMs: row.lifted_at === null ? null : msOfTimestamp(row.lifted_at),
  }
}
