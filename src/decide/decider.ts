import type { Jail } from '../config/types.ts'
import type { Offence } from '../kept.ts'
import type { Alert, Ban, BanDecision, Decision, Detection, SkipDecision, SkipReason } from '../types.ts'

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
  /** All detections of one line: at most one ban of each address and of each endpoint results, the longest; and what operators are told. */
  decide(detections: readonly Detection[], nowMs: number): Decision[]
  /** An alert that no jail raises; empty where it was raised lately. */
  alert(alert: Alert): Decision[]
  /**
   * A ban that a person or Fail2Ban asks for; `forMs` null: for ever. Self and allowed addresses are skipped; with `unlessTrusted` peers and
   * addresses of phones too.
   */
  ban(ip: string, jail: string, forMs: number | null, nowMs: number, unlessTrusted?: boolean): BanDecision | SkipDecision
  /**
   * A ban that another node decided, as it stands here from now on (of a /64 that holds somebody trusted here the address alone), or why it
   * changes nothing: who is trusted here is not banned.
   */
  take(ban: Ban, nowMs: number): Ban | SkipReason
  /**
   * Ends every scope that covers this address, and forgets how often it was banned. The bans that ended. `exactly`: only those that stand on
   * this very address or CIDR.
   */
  unban(ip: string, exactly?: boolean): Ban[]
  /** Ends the bans whose time is over, forgets old offences. The bans that ended. */
  expire(nowMs: number): Ban[]
  /** Active bans that the trust table no longer allows: their address has come to be trusted. A whole /64's ban ends with it. */
  unwarranted(nowMs: number): Ban[]
  /** The active ban that covers all of this address, if any. */
  find(ip: string, nowMs: number): Ban | null
  active(nowMs: number): Ban[]
  /** Which ban of this address (over all jails) the next one would be, from 1. */
  nextNth(ip: string, nowMs: number): number
  drain(): DecisionChanges
  restore(bans: readonly Ban[], offences: readonly Offence[]): void
  reconfigure(jails: readonly Jail[], unprovedMaxMs: number | null): void
}
