import { networkOf } from '../address.ts'
import { parseIPv4 } from '../ipv4.ts'
import type { AllowEntry, PhoneRow } from '../kept.ts'
import type { SipEvent, Standing, Transport, TrustLevel } from '../types.ts'
import { CidrSet } from './cidr-set.ts'
import { IPv4Ranges } from './ipv4-ranges.ts'
import { KnownPhones } from './known-phones.ts'

const LOOPBACK = ['127.0.0.0/8', '::1']
/** Answers kept of what the lists say of IPv6, so that an attack does not ask them for each line. */
const MOST_KEPT = 100_000

/** The lists as they were last set. */
export interface TrustLists {
  readonly self: readonly string[]
  readonly ignored: readonly string[]
  readonly peers: readonly string[]
  readonly allowed: readonly AllowEntry[]
}

/** Who is who. Answers for canonical addresses; the highest level that applies wins. */
export interface TrustBook {
  /** Addresses and CIDRs of this host, and configured `self:`. Loopback is always self. */
  setSelf(cidrs: readonly string[]): void
  /** `ignoreip:` with DNS names already resolved. */
  setIgnored(cidrs: readonly string[]): void
  /** `peers:` with DNS names already resolved. */
  setPeers(cidrs: readonly string[]): void
  setAllowed(entries: readonly AllowEntry[]): void
  lists(): TrustLists
  /** A registration, unregistration or authentication; unless it is suspect it earns its address the level `phone`. */
  learn(event: SipEvent, isSuspect?: boolean): void
  /** Notes a failure; how many the event's user has had there since his newest success, 0 where he is no phone there. */
  fail(event: SipEvent): number
  /** The level now; phones must have been known at `atMs` (default: now). */
  levelOf(ip: string, nowMs: number, atMs?: number): TrustLevel
  /** How the address of an event, which must have one, is seen. */
  standingOf(event: SipEvent, nowMs: number): Standing
  /** Whether anything inside this CIDR is above `unknown`; of phones only those of a /64 are seen. */
  holdsTrusted(cidr: string, nowMs: number): boolean
  /** What speaks for somebody in a network (an IPv4 address, a /64): entries of the lists that touch it, users there. Looks at all lists. */
  trustedIn(network: string, nowMs: number): { readonly lists: readonly string[]; readonly phones: readonly PhoneRow[] }
  /** Users known as phones at an address. */
  phonesAt(ip: string, atMs: number): readonly string[]
  /** Addresses at which a user (`user@domain`, or the user alone) is known as a phone. Looks at all of them. */
  addressesOf(user: string, atMs: number): readonly string[]
  /** Whether a phone may be reachable at this endpoint; yes where it cannot be told. */
  mayBeRegistered(ip: string, port: number, transport: Transport | null, atMs: number): boolean
  /** Whether this user has succeeded from this very endpoint, or may have. */
  isOwnEndpoint(user: string, ip: string, port: number | null, transport: Transport | null, atMs: number): boolean
  /** How long a success makes its address one of phones, ms. */
  setPhoneMs(phoneMs: number): void
  expire(nowMs: number): void
  drain(): PhoneRow[]
  restore(phones: Iterable<PhoneRow>): void
  /** Takes in what other nodes know: who succeeded there is a phone here. Their newest successes. */
  merge(phones: Iterable<PhoneRow>): { ip: string; atMs: number }[]
}

/** A list with a fault is refused whole (SipguardError ADDRESS_INVALID), and the last good one stays. */
export function createTrustBook(phoneMs: number): TrustBook {
  let self = setOf(LOOPBACK)
  let ignored = setOf([])
  let peers = setOf([])
  let allowed = new CidrSet()
  let lists: TrustLists = { self: LOOPBACK, ignored: [], peers: [], allowed: [] }
  const phones = new KnownPhones(phoneMs)
  /** What any list names of IPv4; null: it is to be made anew. */
  let listedIPv4: IPv4Ranges | null = null
  /** What the lists say, by IPv6 address; and whether they hold anything of a /64. Valid until a list changes or an entry ends. */
  const listed = new Map<string, TrustLevel>()
  const holding = new Map<string, boolean>()
  let keptUntilMs = Number.NEGATIVE_INFINITY

  function changed(): void {
    listedIPv4 = null
    forgetAnswers()
  }

  function forgetAnswers(): void {
    if (keptUntilMs === Number.NEGATIVE_INFINITY) return
    keptUntilMs = Number.NEGATIVE_INFINITY
    listed.clear()
    holding.clear()
  }

  /** To be called before answers are looked for. */
  function forgetOver(nowMs: number): void {
    if (nowMs < keptUntilMs) return
    forgetAnswers()
    keptUntilMs = allowed.nextEndMs(nowMs)
  }

  function kept<T>(answers: Map<string, T>, key: string, ask: () => T): T {
    const known = answers.get(key)
    if (known !== undefined) return known
    if (answers.size > MOST_KEPT) answers.clear()
    const answer = ask()
    answers.set(key, answer)
    return answer
  }

  function askLists(isIn: (set: CidrSet) => boolean): TrustLevel {
    if (isIn(self)) return 'self'
    if (isIn(ignored) || isIn(allowed)) return 'allowed'
    return isIn(peers) ? 'peer' : 'unknown'
  }

  const levelOfIPv4 = (address: number, nowMs: number) => askLists((set) => set.containsIPv4(address, nowMs))

  function levelOfIPv6(ip: string, nowMs: number): TrustLevel {
    forgetOver(nowMs)
    return kept(listed, ip, () => askLists((set) => set.contains(ip, nowMs)))
  }

  function listedLevel(ip: string, nowMs: number): TrustLevel {
    const parsed = parseIPv4(ip)
    if (parsed === null) return levelOfIPv6(ip, nowMs)
    const address = parsed >>> 0
    listedIPv4 ??= new IPv4Ranges([self, ignored, allowed, peers].flatMap((set) => [...set.ipv4()]))
    return listedIPv4.holds(address) ? levelOfIPv4(address, nowMs) : 'unknown'
  }

  function holdsTrusted(cidr: string, nowMs: number): boolean {
    forgetOver(nowMs)
    return (
      phones.isKnownIn(cidr, nowMs) || kept(holding, cidr, () => [self, ignored, allowed, peers].some((set) => set.touches(cidr, nowMs)))
    )
  }

  function levelOf(ip: string, nowMs: number, atMs = nowMs): TrustLevel {
    const level = listedLevel(ip, nowMs)
    return level === 'unknown' && phones.isKnown(ip, atMs) ? 'phone' : level
  }

  return {
    setSelf(cidrs) {
      self = setOf([...LOOPBACK, ...cidrs])
      lists = { ...lists, self: [...LOOPBACK, ...cidrs] }
      changed()
    },
    setIgnored(cidrs) {
      ignored = setOf(cidrs)
      lists = { ...lists, ignored: cidrs }
      changed()
    },
    setPeers(cidrs) {
      peers = setOf(cidrs)
      lists = { ...lists, peers: cidrs }
      changed()
    },
    setAllowed(entries: readonly AllowEntry[]) {
      const set = new CidrSet()
      for (const { cidr, untilMs } of entries) set.add(cidr, untilMs ?? Number.POSITIVE_INFINITY)
      allowed = set
      lists = { ...lists, allowed: entries }
      changed()
    },
    lists: () => lists,
    learn: (event, isSuspect = false) => phones.learn(event, !isSuspect),
    fail: (event) => phones.fail(event),
    levelOf,
    standingOf(event, nowMs) {
      const ip = event.ip!
      const level = levelOf(ip, nowMs, event.atMs)
      const whole = networkOf(ip)
      const network = whole !== ip && holdsTrusted(whole, nowMs) ? ip : whole
      return { level, network, own: level === 'phone' && event.counted && phones.isOfKnown(event) }
    },
    holdsTrusted,
    trustedIn: (network, nowMs) => ({
      lists: [...new Set([self, ignored, allowed, peers].flatMap((set) => set.touching(network, nowMs)))],
      phones: phones.rowsIn(network),
    }),
    phonesAt: (ip, atMs) => phones.usersAt(ip, atMs),
    addressesOf: (user, atMs) => phones.addressesOf(user, atMs),
    mayBeRegistered: (ip, port, transport, atMs) => phones.mayBeRegistered(ip, port, transport, atMs),
    isOwnEndpoint: (user, ip, port, transport, atMs) => phones.isOwn(user, ip, port, transport, atMs),
    setPhoneMs(ms) {
      phones.phoneMs = ms
    },
    expire: (nowMs) => phones.expire(nowMs),
    drain: () => phones.drain(),
    restore: (rows) => phones.restore(rows),
    merge: (rows) => phones.merge(rows),
  }
}

function setOf(cidrs: readonly string[]): CidrSet {
  const set = new CidrSet()
  for (const cidr of cidrs) set.add(cidr, Number.POSITIVE_INFINITY)
  return set
}
