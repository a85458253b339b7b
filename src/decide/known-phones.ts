import { networkOf } from '../address.ts'
import type { PhoneRow } from '../kept.ts'
import type { SipEvent, Transport } from '../types.ts'
import { userOf } from '../user-name.ts'

/** Of a registration that does not say when it expires (RFC 3261 section 10.3 leaves it to the registrar; an hour is common). */
const USUAL_EXPIRES_S = 3600
/** Places remembered of one user at one address: a phone behind NAT comes from another port now and then. */
const MOST_ENDPOINTS = 16
/** Users at addresses, all together; past it those go whose last success is the longest ago. */
const MOST_PHONES = 500_000

/** Where a user succeeded from. A port or transport that the line did not name is null, and may be any. */
interface Endpoint {
  readonly port: number | null
  readonly transport: Transport | null
  /** Until then a phone is taken to be reachable there, epoch ms. */
  untilMs: number
}

interface Phone {
  readonly ip: string
  readonly user: string
  /** The newest run of successes of which no two are further apart than the trust lasts, epoch ms; from Infinity: none earned trust. */
  fromMs: number
  toMs: number
  endpoints: Endpoint[]
  /** Failures since the newest success. */
  failures: number
}

/** Who registered or authenticated from where. Pure; the time is an argument. */
export class KnownPhones {
  #phoneMs: number
  /** By address, then by user. */
  readonly #byAddress = new Map<string, Map<string, Phone>>()
  /** Addresses in each /64 (an IPv4 address is its own). */
  readonly #networks = new Map<string, Set<string>>()
  /** The longest unheard of first. */
  readonly #all = new Set<Phone>()
  readonly #changed = new Set<Phone>()
  readonly #gone = new Map<string, PhoneRow>()

  /** @param phoneMs how long a success makes its address one of phones */
  constructor(phoneMs: number) {
    this.#phoneMs = phoneMs
  }

  set phoneMs(phoneMs: number) {
    this.#phoneMs = phoneMs
  }

  /**
   * A registration, an unregistration or a successful authentication. One that earns no trust keeps what the user had there: whoever
   * forges failures of a phone must not make it a stranger. And somebody is reachable there all the same.
   */
  learn(event: SipEvent, earnsTrust: boolean): void {
    const { ip, atMs } = event
    if (ip === null) return
    const user = nameOf(event)
    const known = this.#byAddress.get(ip)?.get(user)
    const phone = known ?? this.#add({ ip, user, fromMs: Number.POSITIVE_INFINITY, toMs: atMs, endpoints: [], failures: 0 })
    // What was known is over. When it is forgotten, which may be later, must make no difference.
    if (atMs > phone.toMs + this.#phoneMs) {
      phone.fromMs = Number.POSITIVE_INFINITY
      phone.endpoints = []
    }
    if (earnsTrust) phone.fromMs = Math.min(phone.fromMs, atMs)
    phone.endpoints = withEndpoint(phone, event)
    phone.toMs = Math.max(phone.toMs, atMs)
    phone.failures = 0
    this.#all.delete(phone)
    this.#all.add(phone)
    this.#changed.add(phone)
  }

  /** Notes a failure; how many the event's user has had there since his newest success, 0 where he is not known. */
  fail(event: SipEvent): number {
    const phone = this.#userAt(event)
    return phone === undefined ? 0 : ++phone.failures
  }

  /** Whether the event's user is known at its address. */
  isOfKnown(event: SipEvent): boolean {
    return this.#userAt(event) !== undefined
  }

  /** Whether somebody had succeeded from this address before that time, and not too long before. */
  isKnown(ip: string, atMs: number): boolean {
    if (this.#byAddress.size === 0) return false
    const phones = this.#byAddress.get(ip)
    if (phones) for (const phone of phones.values()) if (this.#holds(phone, atMs)) return true
    return false
  }

  /** Whether phones are known at any address of this network (a /64, or an IPv4 address). */
  isKnownIn(network: string, atMs: number): boolean {
    const addresses = this.#networks.get(network)
    if (addresses) for (const ip of addresses) if (this.isKnown(ip, atMs)) return true
    return false
  }

  /** Users known at an address, in the order of their names. */
  usersAt(ip: string, atMs: number): string[] {
    return this.#at(ip, atMs)
      .map(({ user }) => user)
      .sort()
  }

  /** Addresses at which a user is known, the newest first. */
  addressesOf(user: string, atMs: number): string[] {
    return [...this.#all]
      .filter((phone) => sameUser(phone.user, user) && this.#holds(phone, atMs))
      .map(({ ip }) => ip)
      .reverse()
  }

  /** Whether a phone may be reachable at this endpoint; yes where it cannot be told. */
  mayBeRegistered(ip: string, port: number, transport: Transport | null, atMs: number): boolean {
    const phones = [...(this.#byAddress.get(ip)?.values() ?? [])]
    return phones.some(({ endpoints }) => endpoints.some((endpoint) => endpoint.untilMs > atMs && mayBe(endpoint, port, transport)))
  }

  /** Whether this user has succeeded from this very endpoint, or may have. */
  isOwn(user: string, ip: string, port: number | null, transport: Transport | null, atMs: number): boolean {
    return this.#at(ip, atMs).some(
      (phone) => sameUser(phone.user, user) && phone.endpoints.some((endpoint) => port === null || mayBe(endpoint, port, transport)),
    )
  }

  /** All that is known of users at the addresses of this network, as it is journalled. */
  rowsIn(network: string): PhoneRow[] {
    const addresses = [...(this.#networks.get(network) ?? [])]
    return addresses.flatMap((ip) => [...(this.#byAddress.get(ip)?.values() ?? [])].map(toRow))
  }

  expire(nowMs: number): void {
    for (const phone of this.#all) {
      if (phone.toMs + 2 * this.#phoneMs >= nowMs) return
      this.#forget(phone)
    }
  }

  drain(): PhoneRow[] {
    const rows = [...this.#gone.values(), ...[...this.#changed].map(toRow)]
    this.#gone.clear()
    this.#changed.clear()
    return rows
  }

  restore(rows: Iterable<PhoneRow>): void {
    const phones = [...rows]
      .map(fromRow)
      .filter((phone) => phone !== null)
      .sort((a, b) => a.toMs - b.toMs)
    for (const phone of phones) this.#add(phone)
  }

  /** Takes in what other nodes know. Their newest successes. */
  merge(rows: Iterable<PhoneRow>): { ip: string; atMs: number }[] {
    const others = [...rows].map(fromRow).filter((other) => other !== null)
    for (const other of others) {
      const known = this.#byAddress.get(other.ip)?.get(other.user)
      const phone = known ?? this.#add(other)
      if (known) {
        known.fromMs = Math.min(known.fromMs, other.fromMs)
        known.toMs = Math.max(known.toMs, other.toMs)
        known.endpoints = merged(known.endpoints, other.endpoints)
      }
      this.#all.delete(phone)
      this.#all.add(phone)
      this.#changed.add(phone)
    }
    return others.map(({ ip, toMs }) => ({ ip, atMs: toMs }))
  }

  #at(ip: string, atMs: number): Phone[] {
    return [...(this.#byAddress.get(ip)?.values() ?? [])].filter((phone) => this.#holds(phone, atMs))
  }

  #userAt({ ip, user, domain, atMs }: SipEvent): Phone | undefined {
    const phones = this.#byAddress.get(ip!)
    if (phones === undefined || user === null) return undefined
    const name = nameOf({ user, domain })
    const named = [phones.get(name), phones.get(nameOf({ user, domain: null }))]
    const candidates = domain === null ? phones.values() : named
    for (const phone of candidates) if (phone && sameUser(phone.user, name) && this.#holds(phone, atMs)) return phone
    return undefined
  }

  #holds({ fromMs, toMs }: Phone, atMs: number): boolean {
    return fromMs <= atMs && atMs - toMs <= this.#phoneMs
  }

  #add(phone: Phone): Phone {
    const { ip, user } = phone
    const phones = this.#byAddress.get(ip) ?? new Map<string, Phone>()
    phones.set(user, phone)
    this.#byAddress.set(ip, phones)
    const network = networkOf(ip)
    this.#networks.set(network, (this.#networks.get(network) ?? new Set()).add(ip))
    this.#all.add(phone)
    this.#gone.delete(rowKey(phone))
    const [oldest] = this.#all
    if (this.#all.size > MOST_PHONES) this.#forget(oldest!)
    return phone
  }

  #forget(phone: Phone): void {
    const { ip, user } = phone
    const phones = this.#byAddress.get(ip)!
    phones.delete(user)
    if (phones.size === 0) {
      this.#byAddress.delete(ip)
      const network = networkOf(ip)
      const addresses = this.#networks.get(network)!
      addresses.delete(ip)
      if (addresses.size === 0) this.#networks.delete(network)
    }
    this.#all.delete(phone)
    this.#changed.delete(phone)
    this.#gone.set(rowKey(phone), { ip, user, data: '' })
  }
}

/** Empty where the line names none: somebody is there all the same. */
const nameOf = (event: Pick<SipEvent, 'user' | 'domain'>): string => userOf(event) ?? ''

/** Lines of one server may name the domain or not. */
function sameUser(a: string, b: string): boolean {
  return a === b || `${a}@` === b.slice(0, a.length + 1) || `${b}@` === a.slice(0, b.length + 1)
}

/** The phone's endpoints after this success. */
function withEndpoint(phone: Phone, { port, transport, atMs, kind, expires }: SipEvent): Endpoint[] {
  const same = phone.endpoints.find((other) => other.port === port && other.transport === transport)
  let untilMs = Math.max(same?.untilMs ?? 0, atMs + (expires ?? USUAL_EXPIRES_S) * 1000)
  // A line that comes late does not end what began after it.
  if (kind === 'unregistration') untilMs = atMs < phone.toMs && same ? same.untilMs : atMs
  return bounded([...phone.endpoints.filter((other) => other !== same), { port, transport, untilMs }])
}

/** Of too many places only that there are some is remembered: they may be anywhere. */
function bounded(endpoints: Endpoint[]): Endpoint[] {
  if (endpoints.length <= MOST_ENDPOINTS) return endpoints
  const isAnywhere = (endpoint: Endpoint) => endpoint.port === null && endpoint.transport === null
  const named = endpoints.filter((endpoint) => !isAnywhere(endpoint))
  const lost = [...endpoints.filter(isAnywhere), ...named.splice(0, named.length - MOST_ENDPOINTS + 1)]
  return [{ port: null, transport: null, untilMs: Math.max(...lost.map(({ untilMs }) => untilMs)) }, ...named]
}

function mayBe(endpoint: Endpoint, port: number, transport: Transport | null): boolean {
  const samePort = endpoint.port === null || endpoint.port === port
  return samePort && (endpoint.transport === null || transport === null || endpoint.transport === transport)
}

/** Each place once, as long as either says. */
function merged(ours: readonly Endpoint[], theirs: readonly Endpoint[]): Endpoint[] {
  const places = new Map<string, Endpoint>()
  for (const endpoint of [...ours, ...theirs]) {
    const place = `${endpoint.port} ${endpoint.transport}`
    const untilMs = Math.max(endpoint.untilMs, places.get(place)?.untilMs ?? 0)
    places.set(place, { ...endpoint, untilMs })
  }
  return bounded([...places.values()].sort((a, b) => a.untilMs - b.untilMs))
}

const rowKey = ({ ip, user }: { ip: string; user: string }): string => `${ip} ${user}`

/** Infinity is null in JSON. */
function toRow({ ip, user, fromMs, toMs, endpoints }: Phone): PhoneRow {
  return { ip, user, data: JSON.stringify({ fromMs, toMs, endpoints }) }
}

/** Null for a row that a damaged disk has changed: a phone less is better than no start. */
function fromRow({ ip, user, data }: PhoneRow): Phone | null {
  try {
    const { fromMs: from, toMs, endpoints } = JSON.parse(data) as Pick<Phone, 'toMs' | 'endpoints'> & { readonly fromMs: number | null }
    const fromMs = from ?? Number.POSITIVE_INFINITY
    const isWhole = typeof fromMs === 'number' && Number.isFinite(toMs) && Array.isArray(endpoints)
    return isWhole ? { ip, user, fromMs, toMs, endpoints, failures: 0 } : null
  } catch {
    return null
  }
}
