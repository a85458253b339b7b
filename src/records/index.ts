import { findEvents, writeAttempts } from './attempts.ts'
import { findBans, writeBans, writeLifts } from './bans.ts'
import { nameOfPostgres, unavailable } from './failure.ts'
import { findLocations, writeLocations } from './locations.ts'
import { migrate } from './migrations.ts'
import type { PhoneStore } from './phone-store.ts'
import { checkEncoding, lock, openPostgres } from './postgres.ts'
import { purge } from './purge.ts'
import { openSqlite } from './sqlite.ts'
import type { Writing } from './tables.ts'
import type { RecordEntry, Records, Suspicion } from './types.ts'
import { findUsers } from './users.ts'

export type RecordsOptions = {
  /** The part of the records that phones are (src/records/phone-store.ts). */
  readonly phones: PhoneStore
} & ({ readonly type: 'sqlite'; readonly path: string } | { readonly type: 'postgres'; readonly url: string })

/**
 * Opens the database, making what is not there and bringing an older one to this version. Of PostgreSQL the database itself must exist.
 * @throws SipguardError RECORDS_UNAVAILABLE, also for a database of a newer version
 */
export async function openRecords(options: RecordsOptions): Promise<Records> {
  const { type, phones } = options
  const where = type === 'sqlite' ? options.path : nameOfPostgres(options.url)

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw unavailable(where, error)
    }
  }

  const db = await guarded(async () => {
    const opened = type === 'sqlite' ? openSqlite(options.path) : openPostgres(options.url)
    try {
      if (type === 'postgres') await checkEncoding(opened)
      await migrate(opened, type)
      return opened
    } catch (error) {
      await opened.destroy()
      throw error
    }
  })

  async function write(trx: Writing, entries: readonly RecordEntry[]): Promise<readonly Suspicion[]> {
    const of = <Type extends RecordEntry['type']>(wanted: Type) =>
      entries.filter((entry): entry is Extract<RecordEntry, { type: Type }> => entry.type === wanted)
    const [attempts, registrations, bans, lifts] = [of('attempt'), of('registration'), of('ban'), of('lift')]
    // Several nodes may write the same phones, contacts and bans, each in its own order; attempts are one node's own.
    if (type === 'postgres' && attempts.length < entries.length) await lock(trx, 'writer')
    await writeAttempts(trx, attempts)
    await writeLocations(trx, registrations)
    await writeBans(trx, bans)
    await writeLifts(trx, lifts)
    const suspicions: Suspicion[] = []
    for (const entry of registrations) suspicions.push(...(await phones.record(trx, entry)))
    return suspicions
  }

  return {
    write: (entries) => guarded(() => db.transaction().execute((trx) => write(trx, entries))),
    events: (query) => guarded(() => findEvents(db, query)),
    users: (query) => guarded(() => findUsers(db, query)),
    locations: (of) => guarded(() => findLocations(db, of)),
    bans: (query) => guarded(() => findBans(db, query)),
    phones: (query) => guarded(() => phones.phones(db, query)),
    phoneHistory: (ids) => guarded(() => phones.phoneHistory(db, ids)),
    movePhone: (mac, extension, atMs) => guarded(() => phones.movePhone(db, mac, extension, atMs)),
    prunePhones: (which) => guarded(() => phones.prunePhones(db, which)),
    purge: (beforeMs) => guarded(() => purge(db, beforeMs)),
    close: () => guarded(() => db.destroy()),
  }
}
