import type { Insertable, Selectable } from 'kysely'
import { type Database, type Tables, WIDTHS, type Writing } from './tables.ts'
import { cut, msOfTimestamp, timestampOf, whole } from './text.ts'
import type { LocationRow, RegistrationEntry } from './types.ts'

/** The bindings that were seen, in the columns of OpenSIPS's usrloc; an observation, not a registrar's table. */

type NewLocation = Insertable<Tables['location']>

/** Of a REGISTER whose line does not say how long (RFC 3261 section 10.2 leaves it to the registrar). */
const EXPIRES_UNSAID_S = 3600
const LARGEST_EXPIRES_S = 2 ** 32 - 1

/** Each binding as the newest registration or unregistration of it left it; of the same time, the later in this order. */
export async function writeLocations(trx: Writing, entries: readonly RegistrationEntry[]): Promise<void> {
  // One statement may touch a row only once, and what ends several bindings must find those before it.
  let rows = new Map<string, NewLocation>()
  const flush = async () => {
    if (rows.size > 0) await upsert(trx, [...rows.values()])
    rows = new Map()
  }
  for (const entry of entries) {
    if (endsSeveral(entry)) {
      await flush()
      await end(trx, entry)
      continue
    }
    const row = rowOf(entry)
    const key = JSON.stringify([row.username, row.domain, row.binding])
    if (rows.has(key)) await flush()
    rows.set(key, row)
  }
  await flush()
}

const endsSeveral = ({ contact, expires }: RegistrationEntry): boolean => expires === 0 && (contact === null || contact.trim() === '*')

async function upsert(trx: Writing, rows: readonly NewLocation[]): Promise<void> {
  await trx
    .insertInto('location')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['username', 'domain', 'binding'])
        .doUpdateSet(({ ref, fn }) => {
          const newOrOld = <Column extends keyof NewLocation>(column: Column) =>
            fn.coalesce(ref(`excluded.${column}`), ref(`location.${column}`))
          return {
            expires: ref('excluded.expires'),
            last_modified: ref('excluded.last_modified'),
            registered_at: newOrOld('registered_at'),
            received: newOrOld('received'),
            source_ip: newOrOld('source_ip'),
            user_agent: newOrOld('user_agent'),
            callid: newOrOld('callid'),
          } as never
        })
        .whereRef('excluded.last_modified', '>=', 'location.last_modified'),
    )
    .execute()
}

/** `Contact: *` ends all bindings of the user (RFC 3261 section 10.2.2); a line without a contact those from its own address. */
async function end(trx: Writing, { user, domain, contact, ip, atMs }: RegistrationEntry): Promise<void> {
  const at = timestampOf(atMs)
  let update = trx
    .updateTable('location')
    .set({ expires: seconds(atMs), last_modified: at })
    .where('username', '=', cut(user, WIDTHS.username))
    .where('domain', '=', cut(domain, WIDTHS.domain))
    .where('last_modified', '<=', at)
  if (contact === null) update = update.where('source_ip', '=', ip)
  await update.execute()
}

function rowOf(entry: RegistrationEntry): NewLocation {
  const { user, domain, atMs, ip, port, expires } = entry
  const contact = cut(uriOf(entry.contact), WIDTHS.uri)
  const received = receivedFrom(ip, port)
  return {
    username: cut(user, WIDTHS.username),
    domain: cut(domain, WIDTHS.domain),
    contact,
    received,
    user_agent: cut(entry.userAgent, WIDTHS.user_agent),
    callid: cut(entry.callId, WIDTHS.callid),
    expires: seconds(atMs) + whole(expires ?? EXPIRES_UNSAID_S, LARGEST_EXPIRES_S),
    last_modified: timestampOf(atMs),
    binding: contact ?? received ?? '',
    source_ip: cut(ip, WIDTHS.ip),
    registered_at: expires === 0 ? null : timestampOf(atMs),
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

/** The URI of a Contact value (RFC 3261 section 20.10), as OpenSIPS keeps it: with the URI's own parameters. */
function uriOf(contact: string | null): string | null {
  if (contact === null) return null
  const named = /^\s*(?:"(?:[^"\\]|\\.)*"|[^"<]*)\s*<([^<>]*)>/.exec(contact)
  return (named?.[1] ?? contact).trim()
}

function receivedFrom(ip: string | null, port: number | null): string | null {
  if (ip === null) return null
  const host = ip.includes(':') ? `[${ip}]` : ip
  return cut(port === null ? host : `${host}:${port}`, WIDTHS.uri)
}

/** Newest first. */
export async function findLocations(
  db: Database,
  of: { readonly user: string; readonly domain: string } | { readonly ip: string },
): Promise<LocationRow[]> {
  const select = db.selectFrom('location').selectAll().orderBy('last_modified', 'desc').orderBy('contact_id', 'desc')
  const wanted =
    'ip' in of
      ? select.where('source_ip', '=', of.ip)
      : select.where('username', '=', cut(of.user, WIDTHS.username)).where('domain', '=', cut(of.domain, WIDTHS.domain))
  return (await wanted.execute()).map(toLocation)
}

function toLocation(row: Selectable<Tables['location']>): LocationRow {
  return {
    user: row.username,
    domain: row.domain,
    contact: row.contact,
    received: row.received,
    userAgent: row.user_agent,
    callId: row.callid,
    expiresAtMs: row.expires * 1000,
    lastModifiedMs: msOfTimestamp(row.last_modified),
  }
}
