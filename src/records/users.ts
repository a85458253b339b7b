import { type Database, WIDTHS } from './tables.ts'
import { cut, msOfTimestamp } from './text.ts'
import type { UserQuery, UserRow, UserStatus } from './types.ts'

/** Rows of the view user_registration_status, by name and domain. */
export async function findUsers(db: Database, { user, domain, status, limit }: UserQuery): Promise<UserRow[]> {
  let select = db.selectFrom('user_registration_status').selectAll()
  if (user !== undefined) select = select.where('username', '=', cut(user, WIDTHS.username))
  if (domain !== undefined) select = select.where('domain', '=', cut(domain, WIDTHS.domain))
  if (status !== undefined) select = select.where('status', '=', status)
  const rows = await select.orderBy('username').orderBy('domain').limit(limit).execute()
  return rows.map((row) => ({
    user: row.username,
    domain: row.domain,
    status: row.status as UserStatus,
    registeredAtMs: row.registered_at === null ? null : msOfTimestamp(row.registered_at),
    lastFailedAtMs: row.last_failed_at === null ? null : msOfTimestamp(row.last_failed_at),
    lastResponseCode: row.last_response_code,
    failures24h: row.failures_24h,
    contacts: row.contacts,
  }))
}
