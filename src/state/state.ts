import type {
  AllowEntry,
  AuditEntry,
  AuditQuery,
  AuditRow,
  CounterRow,
  EvidenceEnd,
  EvidenceRow,
  LedgerRow,
  LiftedBy,
  Offence,
  OutboxRow,
  PhoneRow,
  TokenEntry,
  Totals,
} from '../kept.ts'
import type { Ban, Position } from '../types.ts'

/** Entries of the audit that are kept: years of what people do, about 20 MB. */
export const MOST_AUDITED = 100_000

/** Evidence is kept for so long after it was saved, ms, and of so many bans; the oldest goes first. */
export const EVIDENCE_KEEP_MS = 30 * 864e5
export const MOST_EVIDENCE = 20_000

/** Evidence as it is kept; null: the ban ended in its time, or stands. */
export type KeptEvidence = EvidenceRow & { readonly liftedMs: number | null; readonly liftedBy: LiftedBy | null }

/** Everything one batch of lines caused, stored in one transaction with the position it was read up to. */
export interface Effects {
  readonly positions: readonly Position[]
  /** Counters that changed, whole; a row with empty data is forgotten. */
  readonly counters: readonly CounterRow[]
  /** Users known at addresses that changed; a row with empty data is forgotten. */
  readonly phones: readonly PhoneRow[]
  /** Bans that began or changed. One takes the place of another of the same scope on the same address, prefix or endpoint. */
  readonly bans: readonly Ban[]
  /** Addresses whose bans ended, unbanned or expired: every ban that such an address decided, of any scope. Done before `bans`. */
  readonly lifted: readonly string[]
  readonly offences: readonly Offence[]
  /** Addresses whose offences are forgotten. Done before `offences`. */
  readonly forgiven: readonly string[]
  /** The fleet's decisions that changed, its outbox among them; a row with empty data is forgotten. Default: none. */
  readonly ledger?: readonly LedgerRow[]
  /** Records that wait for their database; one takes the place, and goes to the end, of another of the same key. Default: none. */
  readonly records?: readonly OutboxRow[]
  /** Why bans were imposed; one takes the place of another of the same key and time. Default: none. */
  readonly evidence?: readonly EvidenceRow[]
  /** Bans that were ended before their time. Done after `evidence`. Default: none. */
  readonly ends?: readonly EvidenceEnd[]
  /** Added to the totals. */
  readonly totals: Totals
}

export interface Snapshot {
  readonly positions: ReadonlyMap<string, string>
  readonly counters: readonly CounterRow[]
  readonly phones: readonly PhoneRow[]
  readonly bans: readonly Ban[]
  readonly offences: readonly Offence[]
  readonly allow: readonly AllowEntry[]
  readonly tokens: readonly TokenEntry[]
  readonly ledger: readonly LedgerRow[]
  readonly totals: Totals
}

/**
 * What must survive a restart. One contract suite (tests/state/contract.ts) runs over every implementation.
 * `commit` is all or nothing, also under kill -9; a later snapshot shows exactly the committed effects.
 */
export interface State {
  /** Random, made once, kept with the state: the first part of every event id. */
  readonly node: string
  load(): Promise<Snapshot>
  commit(effects: Effects): Promise<void>
  allow(entry: AllowEntry): Promise<void>
  /** Whether there was one. */
  disallow(cidr: string): Promise<boolean>
  /** One takes the place of another of the same name. */
  addToken(entry: TokenEntry): Promise<void>
  /** Whether there was one. */
  removeToken(name: string): Promise<boolean>
  /** Keeps what somebody did, in a commit of its own; of more than MOST_AUDITED the oldest are forgotten. */
  note(entry: AuditEntry): Promise<void>
  /** What was noted, the newest first. */
  audited(query: AuditQuery): Promise<readonly AuditRow[]>
  /** Small named values that outlive a restart, such as the last good answer for a DNS name; null removes. */
  remember(name: string, value: string | null): Promise<void>
  recall(name: string): Promise<string | null>
  /** Records that wait, the oldest first, each with the number it was given when it was committed. */
  outbox(most: number): Promise<readonly (OutboxRow & { readonly seq: number })[]>
  /** These no longer wait. What took the place of one meanwhile has another number, and stays. */
  delivered(seqs: readonly number[]): Promise<void>
  /** How many wait. */
  waiting(): Promise<number>
  /** What is kept of these places, the newest first. */
  evidence(places: readonly string[], most: number): Promise<readonly KeptEvidence[]>
  close(): Promise<void>
}
