import type { PhoneReport, RecordedReport, RecordsControl } from '../api/control.ts'
import { SipguardError } from '../errors.ts'
import type { GeoLookup } from '../geo.ts'
import { isBound, isFlapping, isStale, modelOf } from '../phones/index.ts'
import type { VendorLookup } from '../phones/vendor.ts'
import type { PhoneChange, PhoneRecord, Records } from '../records/types.ts'

/** Rows of each kind in what is known of one address or user. */
const MOST_ROWS = 20

export interface RecordsControlOptions {
  /** Null: off by configuration. */
  readonly records: Records | null
  /** Why the database cannot be written just now; null: it can. */
  readonly trouble: () => string | null
  readonly geo: GeoLookup
  readonly vendorOf: VendorLookup
  readonly now: () => number
}

/** Whose records are asked for. */
export type Of = { readonly ip: string } | { readonly user: string; readonly domain: string | null; readonly addresses: readonly string[] }

/** What may be asked of the records, and what is known of the devices in them. */
export function createRecordsControl({ records, trouble, geo, vendorOf, now }: RecordsControlOptions) {
  const open = (): Records => {
    if (records !== null) return records
    throw new SipguardError('RECORDS_OFF', 'nothing is recorded: records: off stands in the configuration')
  }

  async function describe(phones: readonly PhoneRecord[]): Promise<{ devices: PhoneReport[]; changes: readonly PhoneChange[] }> {
    const changes = phones.length === 0 ? [] : await open().phoneHistory(phones.map(({ id }) => id))
    const of = Map.groupBy(changes, ({ phoneId }) => phoneId)
    const devices = phones.map((phone): PhoneReport => {
      const { vendor = null, model = null, firmware = null } = modelOf(phone.userAgent) ?? {}
      return {
        phone,
        vendor: (phone.mac === null ? null : vendorOf(phone.mac)) ?? vendor,
        model,
        firmware,
        status: isBound(phone, now()) ? 'registered' : 'expired',
        stale: isStale(phone, now()),
        flapping: isFlapping(phone, of.get(phone.id) ?? [], now()),
        ...geo(phone.ip),
      }
    })
    return { devices, changes }
  }

  async function read(of: Of): Promise<RecordedReport> {
    const asked = open()
    const addresses = 'ip' in of ? [of.ip] : of.addresses.slice(0, MOST_ROWS)
    const [events, bans, registrations, phones] = await Promise.all([
      asked.events({ ...('ip' in of ? of : { user: of.user, ...(of.domain !== null && { domain: of.domain }) }), limit: MOST_ROWS }),
      Promise.all(addresses.map((ip) => asked.bans({ ip, limit: MOST_ROWS }))),
      asked.locations('ip' in of ? of : { user: of.user, domain: of.domain ?? '' }),
      asked.phones('ip' in of ? of : { extension: of.user }),
    ])
    const newest = bans.flat().toSorted((a, b) => b.ban.fromMs - a.ban.fromMs)
    return { events, bans: newest.slice(0, MOST_ROWS), registrations, ...(await describe(phones)) }
  }

  const control: RecordsControl = {
    get trouble() {
      return records === null ? 'records: off stands in the configuration' : trouble()
    },
    events: async (query) => open().events(query),
    users: async (query) => open().users(query),
    phones: async (query) => (await describe(await open().phones(query))).devices,
    movePhone: async (mac, extension) => open().movePhone(mac, extension, now()),
    prunePhones: async (which) => open().prunePhones(which),
  }

  return {
    control,
    /** What is recorded, newest first; null where the records are off or away. */
    recordedOf: (of: Of): Promise<RecordedReport | null> => unlessAway(read(of)),
  }
}

/** Null where the records are off or away. */
export async function unlessAway<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof SipguardError) return null
    throw error
  }
}
export type RecordsAccess = ReturnType<typeof createRecordsControl>
