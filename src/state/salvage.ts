import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { canonicalAddress, parseCidr } from '../address.ts'
import { type BanScope, TRANSPORTS, TRUST_LEVELS } from '../types.ts'

/** What people entered or would miss. Positions and counters belong together: they are made anew from the newest lines. */
const TABLES = ['node', 'allow', 'tokens', 'audit', 'remembered', 'phones', 'bans', 'offences', 'ledger', 'outbox']

/** Moves a database that SQLite cannot read out of the way. Its new path. */
export function setAside(path: string, nowMs: number): string {
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  const aside = `${path}.corrupt-${date}`
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`)
  return aside
}

/** Copies the rows that can still be read, and make sense, from a damaged database. How many. */
export function salvage(from: string, into: DatabaseSync): number {
  let saved = 0
  let damaged: DatabaseSync
  try {
    damaged = new DatabaseSync(from, { readOnly: true })
  } catch {
    return 0
  }
  for (const table of TABLES) {
    try {
      for (const row of damaged.prepare(`SELECT * FROM ${table}`).iterate()) {
        if (!isSound(row)) continue
        const columns = Object.keys(row)
        // Column types are strict: a row whose bytes were exchanged for others is refused here.
        into.prepare(`INSERT OR IGNORE INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`).run(...Object.values(row))
        saved++
      }
    } catch {
      // From here on this table is lost; the next may be whole.
    }
  }
  damaged.close()
  return saved
}

/** What else a ban of each scope must say: the firewall takes no other. */
const SCOPES: Readonly<Record<BanScope, (row: Record<string, unknown>) => boolean>> = {
  address: () => true,
  prefix: ({ prefix }) => typeof prefix === 'string' && parseCidr(prefix)?.bits === 64,
  endpoint: ({ port, transport }) => Number(port) > 0 && Number(port) < 65_536 && TRANSPORTS.some((known) => known === transport),
}

function isSound(row: Record<string, unknown>): boolean {
  // Text is text to SQLite, whatever its bytes have become.
  if (row.level !== undefined && !TRUST_LEVELS.some((known) => known === row.level)) return false
  if (row.scope !== undefined && !(Object.hasOwn(SCOPES, String(row.scope)) && SCOPES[row.scope as BanScope](row))) return false
  if (typeof row.ip === 'string') return canonicalAddress(row.ip) === row.ip || parseCidr(row.ip) !== null
  if (typeof row.cidr === 'string') return parseCidr(row.cidr) !== null
  return true
}
