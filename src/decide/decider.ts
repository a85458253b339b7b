import type { Jail } from '../config/types.ts'
import type { AllowEntry, Ban, Decision, Detection, Offence, TrustLevel } from '../types.ts'

/** Who is who. Answers for canonical addresses; the highest level that applies wins. */
export interface TrustBook {
  /** Addresses and CIDRs of this host, and configured `self:`. Loopback is always self. */
  setSelf(cidrs: readonly string[]): void
  /** `ignoreip:` with DNS names already resolved. */
  setIgnored(cidrs: readonly string[]): void
  setAllowed(entries: readonly AllowEntry[]): void
  levelOf(ip: string, nowMs: number): TrustLevel
  /** Whether anything inside this CIDR is above `unknown`. */
  holdsTrusted(cidr: string, nowMs: number): boolean
}

/** What changed since it was last asked, for the journal and the firewall. */
export interface DecisionChanges {
  readonly bans: readonly Ban[]
  /** Addresses whose bans ended. */
  readonly lifted: readonly string[]
  readonly offences: readonly Offence[]
  readonly forgiven: readonly string[]
}

/** Turns full windows into bans, or says why not. Pure: no I/O; the time is an argument. */
export interface Decider {
  /** All detections of one line: at most one ban per address results, the longest. */
  decide(detections: readonly Detection[], nowMs: number): Decision[]
  /** A ban that a person or Fail2Ban asks for; `forMs` null: for ever. Self and allowed addresses are skipped. */
  ban(ip: string, jail: string, forMs: number | null, nowMs: number): Decision
  /** Ends every scope that covers this address, and forgets how often it was banned. The bans that ended. */
  unban(ip: string, nowMs: number): Ban[]
  /** Ends the bans whose time is over, forgets old offences. The bans that ended. */
  expire(nowMs: number): Ban[]
  /** The active ban that covers this address, if any. */
  find(ip: string, nowMs: number): Ban | null
  active(nowMs: number): Ban[]
  drain(): DecisionChanges
  restore(bans: readonly Ban[], offences: readonly Offence[]): void
  reconfigure(jails: readonly Jail[]): void
}
