import type { Jail } from './config/types.ts'
import type { Ban, EventKind } from './types.ts'

/** What the state keeps, and what of it the API shows. Types only, but for the lists of words: nothing here runs. */

/** A user known to have succeeded from an address, as it is journalled. `data` is private to the trust book; empty: forget him. */
export interface PhoneRow {
  ip: string
  /** `user@domain`, or the user alone. */
  user: string
  data: string
}

/** A piece of what the detector remembers, as it is journalled. `data` is private to it; empty: forget it. `jail` is empty too, but in what earlier versions wrote. */
export interface CounterRow {
  jail: string
  key: string
  data: string
}

/** The fleet's latest decision on one target, as it is journalled. `data` is private to the fleet; empty: forget it. */
export interface LedgerRow {
  target: string
  data: string
  /** Decided here, and not yet known to be in Redis. */
  unsent: boolean
}

/** A record on its way to the database, as it is journalled; another of the same key takes its place. */
export interface OutboxRow {
  key: string
  data: string
}

/** One line that led to a ban, as it is kept with it. */
export interface EvidenceLine {
  /** Event id. */
  readonly id: string
  readonly atMs: number
  /** Name of the source, and the filter pinned to it; null: not known, another node may have counted it. */
  readonly source: string | null
  readonly pin: string | null
  /** One character a byte; null: it was not kept, and could not be read back. */
  readonly text: string | null
  readonly kind: EventKind | null
  /** `opensips/failed-registration` */
  readonly rule: string | null
  readonly user: string | null
}

/** Why a ban was imposed, as it is kept with it. */
export interface BanEvidence {
  readonly ban: Ban
  /** Version of the configuration that decided (src/explain/config-version.ts). */
  readonly config: string
  /** The window that was full; null: a person asked, or another node decided. */
  readonly window: {
    /** As it was then. */
    readonly jail: Jail
    readonly stage: 1 | 2
    readonly key: string
    readonly maxretry: number
    readonly findtimeMs: number
    readonly bantimeMs: number | null
  } | null
  readonly lines: readonly EvidenceLine[]
  /** Of a second stage: what put its key under attack. */
  readonly arming: readonly EvidenceLine[]
  /** What had earned trust at the address, or elsewhere in its /64: users there, and entries of the lists. */
  readonly phones: readonly PhoneRow[]
  readonly trusted: readonly string[]
  /** When it was decided, by this machine's clock, epoch ms. */
  readonly savedMs: number
}

/** The evidence of one ban as it is journalled; another of the same key takes its place. `data` is private to the daemon. */
export interface EvidenceRow {
  /** The ban, or the key that a first stage put under attack. */
  readonly key: string
  /** What it is found by: the address or prefix that the ban stands on. */
  readonly place: string
  readonly fromMs: number
  readonly savedMs: number
  readonly data: string
}

/** Who ended a ban before its time: somebody, another node, or that its address came to be trusted. */
export const LIFTED_BY = ['unban', 'fleet', 'trusted'] as const
export type LiftedBy = (typeof LIFTED_BY)[number]

/** A ban was ended before its time. */
export interface EvidenceEnd {
  readonly key: string
  readonly fromMs: number
  readonly liftedMs: number
  readonly liftedBy: LiftedBy
}

/** How often an address was banned, over all jails. */
export interface Offence {
  ip: string
  nth: number
  /** End of the newest ban, epoch ms; null: for ever. */
  untilMs: number | null
  /** When it may be forgotten (DESIGN: after maxtime), epoch ms; null: never. */
  forgetMs: number | null
}

export interface AllowEntry {
  /** Canonical address or CIDR. */
  cidr: string
  /** Epoch ms; null: for ever. */
  untilMs: number | null
  addedMs: number
  comment: string | null
}

/** What a caller of the API may: a reader asks, an admin changes things too. */
export const ROLES = ['admin', 'reader'] as const
export type Role = (typeof ROLES)[number]

/** A token of the API, as it is kept: whoever reads this cannot use it. */
export interface TokenEntry {
  name: string
  role: Role
  /** SHA-256 of the token, lower-case hex. */
  hash: string
  addedMs: number
}

/** Somebody changed something. All texts but `who` may be a caller's own. */
export interface AuditEntry {
  atMs: number
  /** A token's name, `socket`, or `SIGHUP`. */
  who: string
  /** A remote address, or `unix`. */
  from: string
  /** `ban`, `unban`, `token-add` … */
  action: string
  /** What it was done to: an address, a MAC, a token's name; null: to all, or to nothing in particular. */
  target: string | null
  detail: string | null
}

/** An entry under its number, which grows with time. */
export type AuditRow = AuditEntry & { readonly id: number }

export interface AuditQuery {
  /** At most so many. */
  readonly limit: number
  /** Only those older than the entry of this number. */
  readonly before?: number
  readonly target?: string
}

/** Since the state directory was made; obeys promise 1. */
export interface Totals {
  lines: number
  events: Partial<Record<EventKind, number>>
  bans: number
}
