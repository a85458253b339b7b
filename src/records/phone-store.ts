import { PostgresAdapter } from 'kysely'
import { canonicalAddress } from '../address.ts'
import { SipguardError } from '../errors.ts'
import type { Doubt, FormerPhone, Phone, Placement, Registered, Seen } from '../phone.ts'
import { userOf } from '../user-name.ts'
import { formerOf, historyOf, phoneOf, rowOf } from './phone-rows.ts'
import { lock } from './postgres.ts'
import type { Database, Writing } from './tables.ts'
import { cut, timestampOf, whole } from './text.ts'
import type { PhoneChange, PhoneQuery, PhoneRecord, RegistrationEntry, Suspicion } from './types.ts'

/** What is known of phones; made of src/phones by whoever opens the records, for a stage does not know another. */
export interface PhoneRules {
  macOf(shown: { readonly contact: string | null; readonly userAgent: string | null }): string | null
  normalizeMac(text: string): string | null
  contactUriOf(contact: string | null): string | null
  contactKeyOf(uri: string | null): string
  place(registered: Registered, phones: readonly Phone[], formers: readonly FormerPhone[]): Placement
  /** How far back `place` looks at former states. */
  readonly formerMs: number
  doubtsOf(seen: Seen): readonly Doubt[]
}

/** The tables registered_phones and phone_history. */
export interface PhoneStore {
  /**
   * Within the transaction that writes everything else and keeps other writers out: a registration may concern rows of any MAC, extension
   * and address. An unregistration, and what says no place, is nothing.
   */
  record(trx: Writing, entry: RegistrationEntry): Promise<readonly Suspicion[]>
  /** @throws SipguardError MAC_INVALID */
  phones(db: Database, query: PhoneQuery): Promise<readonly PhoneRecord[]>
  /** Newest first of each phone. */
  phoneHistory(db: Database, phoneIds: readonly number[]): Promise<readonly PhoneChange[]>
  /** @throws SipguardError MAC_INVALID */
  movePhone(db: Database, mac: string, extension: string, atMs: number): Promise<number>
  prunePhones(db: Database, which: { readonly beforeMs: number } | { readonly incomplete: true }): Promise<number>
}

/** What a line that does not say is taken for, as for `location`. */
const DEFAULT_EXPIRES = 3600
const LONGEST_EXPIRES = 2 ** 32 - 1
/** Phones and former addresses of one extension that a registration is compared with. */
const MOST_COMPARED = 200
/** Ids in one statement. */
const AT_ONCE = 1000

export function createPhoneStore(rules: PhoneRules): PhoneStore {
  // Each phone is judged when something of it changes, and once after a start: the provisioned list may be a new one.
  const judged = new Set<number>()

  function macFrom(text: string): string {
    const mac = rules.normalizeMac(text)
    if (mac === null) throw new SipguardError('MAC_INVALID', `expected a MAC address such as 00:15:65:12:34:56, got '${text}'`)
    return mac
  }

  function registeredOf(entry: RegistrationEntry & { readonly ip: string }): Registered {
    const uri = rules.contactUriOf(entry.contact)
    return {
      mac: rules.macOf(entry),
      extension: cut(entry.user, 20),
      ip: entry.ip,
      userAgent: cut(entry.userAgent, 255) || null,
      contactUri: cut(uri, 255),
      contactKey: cut(rules.contactKeyOf(uri), 255),
      expires: whole(entry.expires ?? DEFAULT_EXPIRES, LONGEST_EXPIRES),
      atMs: entry.atMs,
    }
  }

  async function placementOf(trx: Writing, registered: Registered): Promise<Placement> {
    const phones = await candidates(trx, registered)
    const simple = rules.place(registered, phones, [])
    if (simple.type === 'update' && !simple.changed && simple.absorbed === null) return simple
    const formers = await formersOf(trx, registered, phones, rules.formerMs)
    const known = new Set(phones.map(({ id }) => id))
    const gone = [...new Set(formers.map(({ phoneId }) => phoneId))].filter((id) => !known.has(id))
    const left = gone.length === 0 ? [] : await trx.selectFrom('registered_phones').selectAll().where('id', 'in', gone).execute()
    return rules.place(registered, [...phones, ...left.map(phoneOf)], formers)
  }

  async function judge(trx: Writing, registered: Registered, placement: Placement): Promise<readonly Doubt[]> {
    const before = placement.type === 'insert' ? null : placement.from
    const isNews = placement.type === 'insert' || placement.changed || !judged.has(placement.from.id)
    if (!isNews || (before !== null && before.lastRegisteredMs > registered.atMs)) return []
    const same = await trx
      .selectFrom('registered_phones')
      .selectAll()
      .where('extension_number', '=', registered.extension)
      .orderBy('last_registered', 'desc')
      .limit(MOST_COMPARED)
      .execute()
    const phones = same.map(phoneOf)
    const former = await formerAddresses(trx, [...phones.map(({ id }) => id), ...(before ? [before.id] : [])])
    const addresses = [...new Set([...phones.map(({ ip }) => ip), ...(before ? [before.ip] : []), ...former])]
    return rules.doubtsOf({ registered, before, others: phones.filter(({ id }) => id !== before?.id), addresses })
  }

  return {
    async record(trx, entry) {
      const { ip, expires, user, port, transport, atMs } = entry
      if (ip === null || expires === 0 || cut(user, 20) === '') return []
      const registered = registeredOf({ ...entry, ip })
      const placement = await placementOf(trx, registered)
      const doubts = await judge(trx, registered, placement)
      judged.add(await write(trx, registered, placement))
      return doubts.map(({ kind, detail }) => ({ kind, ip, port, transport, user: userOf(entry) ?? user, atMs, detail }))
    },

    async phones(db, { mac, ip, extension }) {
      let query = db.selectFrom('registered_phones').selectAll().orderBy('last_registered', 'desc').orderBy('id', 'desc')
      if (mac !== undefined) query = query.where('mac_address', '=', macFrom(mac))
      if (ip !== undefined) query = query.where('ip_address', '=', canonicalAddress(ip) ?? ip)
      if (extension !== undefined) query = query.where('extension_number', '=', cut(extension, 20))
      return (await query.execute()).map((row) => {
        const { contactKey: _, ...phone } = phoneOf(row)
        return phone
      })
    },

    async phoneHistory(db, phoneIds) {
      const changes: PhoneChange[] = []
      for (let i = 0; i < phoneIds.length; i += AT_ONCE) {
        const rows = await db
          .selectFrom('phone_history')
          .selectAll()
          .where('phone_id', 'in', phoneIds.slice(i, i + AT_ONCE))
          .orderBy('changed_at', 'desc')
          .orderBy('id', 'desc')
          .execute()
        changes.push(...rows.map(formerOf))
      }
      return changes
    },

    async movePhone(db, mac, extension, atMs) {
      const wanted = macFrom(mac)
      return db.transaction().execute(async (trx) => {
        await alone(trx)
        const rows = await trx.selectFrom('registered_phones').selectAll().where('mac_address', '=', wanted).execute()
        return moveAll(trx, rows.map(phoneOf), cut(extension, 20), atMs)
      })
    },

    async prunePhones(db, which) {
      return db.transaction().execute(async (trx) => {
        await alone(trx)
        const old = 'beforeMs' in which ? timestampOf(which.beforeMs) : null
        const ids = trx
          .selectFrom('registered_phones')
          .select('id')
          .where((eb) => (old === null ? eb('mac_address', 'is', null) : eb('last_registered', '<', old)))
        await trx.deleteFrom('phone_history').where('phone_id', 'in', ids).execute()
        const { numDeletedRows } = await trx.deleteFrom('registered_phones').where('id', 'in', ids).executeTakeFirst()
        return Number(numDeletedRows)
      })
    },
  }
}

/** As for every other writer of phones (see index.ts). SQLite has one writer anyway. */
async function alone(trx: Writing): Promise<void> {
  if (trx.getExecutor().adapter instanceof PostgresAdapter) await lock(trx, 'writer')
}

/** Those that the registration may belong to, each found by an index. */
async function candidates(trx: Writing, { mac, ip, extension }: Registered): Promise<Phone[]> {
  const found = await trx
    .selectFrom('registered_phones')
    .selectAll()
    .where((eb) => {
      const here = eb.and([eb('ip_address', '=', ip), eb('extension_number', '=', extension)])
      return mac === null ? here : eb.or([eb('mac_address', '=', mac), here])
    })
    .execute()
  if (mac !== null || found.length > 0) return found.map(phoneOf)
  const nameless = await trx
    .selectFrom('registered_phones')
    .selectAll()
    .where('ip_address', '=', ip)
    .where('mac_address', 'is', null)
    .orderBy('last_registered', 'desc')
    .limit(MOST_COMPARED)
    .execute()
  return nameless.map(phoneOf)
}

async function formersOf(
  trx: Writing,
  { ip, extension, atMs }: Registered,
  phones: readonly Phone[],
  backMs: number,
): Promise<FormerPhone[]> {
  const rows = await trx
    .selectFrom('phone_history')
    .selectAll()
    .where('changed_at', '>=', timestampOf(atMs - backMs))
    .where((eb) => {
      const left = eb.and([eb('ip_address', '=', ip), eb('extension_number', '=', extension)])
      const ids = phones.map(({ id }) => id)
      return ids.length === 0 ? left : eb.or([left, eb('phone_id', 'in', ids)])
    })
    .orderBy('changed_at', 'desc')
    .limit(MOST_COMPARED)
    .execute()
  return rows.map(formerOf)
}

async function formerAddresses(trx: Writing, phoneIds: readonly number[]): Promise<string[]> {
  if (phoneIds.length === 0) return []
  const rows = await trx
    .selectFrom('phone_history')
    .select('ip_address')
    .distinct()
    .where('phone_id', 'in', phoneIds)
    .limit(MOST_COMPARED)
    .execute()
  return rows.map((row) => row.ip_address)
}

/** The row's id. */
async function write(trx: Writing, registered: Registered, placement: Placement): Promise<number> {
  if (placement.type === 'insert') {
    const { atMs, ...shown } = registered
    const row = rowOf({ ...shown, firstRegisteredMs: placement.firstRegisteredMs, lastRegisteredMs: atMs })
    return Number((await trx.insertInto('registered_phones').values(row).returning('id').executeTakeFirstOrThrow()).id)
  }
  const { from, to, changed, absorbed } = placement
  if (absorbed !== null) {
    if (absorbed.ip !== to.ip || absorbed.extension !== to.extension) await remember(trx, absorbed, from.id, absorbed.lastRegisteredMs)
    await absorb(trx, absorbed, from.id)
  }
  if (changed) await remember(trx, from, from.id, Math.max(registered.atMs, from.lastRegisteredMs))
  if ((Object.keys(to) as (keyof Phone)[]).some((key) => to[key] !== from[key])) await replace(trx, to)
  return from.id
}

const replace = (trx: Writing, phone: Phone) => trx.updateTable('registered_phones').set(rowOf(phone)).where('id', '=', phone.id).execute()

const remember = (trx: Writing, phone: Phone, phoneId: number, atMs: number) =>
  trx
    .insertInto('phone_history')
    .values(historyOf(phone, phoneId, atMs))
    .execute()

async function absorb(trx: Writing, phone: Phone, into: number): Promise<void> {
  await trx.updateTable('phone_history').set({ phone_id: into }).where('phone_id', '=', phone.id).execute()
  await trx.deleteFrom('registered_phones').where('id', '=', phone.id).execute()
}

/** All rows of one MAC become one of that extension. How many were of another. */
async function moveAll(trx: Writing, phones: readonly Phone[], extension: string, atMs: number): Promise<number> {
  const newest = phones.toSorted((a, b) => b.lastRegisteredMs - a.lastRegisteredMs)[0]
  if (newest === undefined) return 0
  const kept = phones.find((phone) => phone.extension === extension) ?? newest
  const moved = phones.filter((phone) => phone.extension !== extension)
  for (const phone of moved) await remember(trx, phone, kept.id, atMs)
  for (const phone of phones) if (phone !== kept) await absorb(trx, phone, kept.id)
  const firstRegisteredMs = Math.min(...phones.map((phone) => phone.firstRegisteredMs))
  if (moved.length > 0) await replace(trx, { ...newest, id: kept.id, extension, firstRegisteredMs })
  return moved.length
}
