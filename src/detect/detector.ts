import type { Jail } from '../config/types.ts'
import type { CounterRow } from '../kept.ts'
import type { Detection, LinePlace, OpenWindow, SipEvent, Standing } from '../types.ts'
import type { SharedEntry } from './shared-entry.ts'

export interface DetectorOptions {
  /** Most records kept: of addresses, endpoints, users, and users at an address, by whatever jails. Past it the least dangerous go first. */
  readonly maxKeys: number
  /** How many different users, and how many endpoints, may fail from a phone's address within a jail's findtime. */
  readonly sweep: { readonly maxUsers: number; readonly maxPorts: number }
}

/** Counts events in the jails' windows, by the events' own times. Pure: no I/O, no clock. */
export interface Detector {
  /**
   * The windows this event filled; empty for almost every event. `standing` is that of the event's address, `place` what its id says, where
   * that is known already.
   *
   * Where phones are known at an address, an `ip` in a jail's key means the event's endpoint (address, port, transport), so that one
   * phone's failures are its own; an event without a port counts for the address. Proved failures there also count as a sweep: more than
   * `sweep.maxUsers` different users or `sweep.maxPorts` different endpoints within findtime, whichever jail (without `distinct`) bans
   * by address and looks at them. Those of the phones' own users (`standing.own`) do not: over TCP a phone with an old password comes from
   * another port each time, and an office whose line comes back fails from all its ports.
   */
  observe(event: SipEvent, standing: Standing, place?: LinePlace | null): readonly Detection[]
  /** How an event enters the windows, for windows that are kept outside this process too; nothing is counted here. */
  sharedEntries(event: SipEvent, standing: Standing): SharedEntry[]
  /** A success from this network that another node has seen. */
  noteSuccess(network: string, atMs: number): void
  /**
   * How many counted failures (failed_registration, failed_auth) of this success's user came from its address in the day before it, and
   * since the success before: many mean a guessed password. They are forgotten with it.
   */
  succeed(event: SipEvent): number
  /**
   * Clears what is counted against an address (and its /64, which may also be given as text); its events up to `untilMs` no longer count,
   * those already counted and those still in flight. What is counted against a user it attacked stays, but in a `distinct: ip` jail.
   */
  forget(ip: string, untilMs: number): void
  /** Other jails from now on; unchanged ones keep their windows. */
  reconfigure(jails: readonly Jail[], sweep: DetectorOptions['sweep']): void
  /** Counters that changed since the last call, for the journal. */
  drain(): CounterRow[]
  /** Takes back what drain() once gave. What unknown jails counted, or known ones by other rules, is left out. */
  restore(rows: Iterable<CounterRow>): void
  /** Drops keys whose windows have passed. */
  sweep(nowMs: number): void
  /** What the windows hold of an address, or of everybody (null), by the events' own times. Looks at all records. */
  openWindows(ip: string | null): OpenWindow[]
  /** Until when the events of an address no longer count, for somebody unbanned it, epoch ms; -Infinity: they all do. */
  forgottenUntil(ip: string): number
  /** Events that entered this jail's windows since the start. */
  found(jail: string): number
  sizes(): { readonly keys: number; readonly evicted: number }
}
