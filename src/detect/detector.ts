import type { Jail } from '../config/types.ts'
import type { CounterRow, Detection, SipEvent } from '../types.ts'

export interface DetectorOptions {
  /** Most keys kept over all jails; past it the least dangerous go first. */
  readonly maxKeys: number
}

/** Counts events in the jails' windows, by the events' own times. Pure: no I/O, no clock. */
export interface Detector {
  /** The windows this event filled; empty for almost every event. */
  observe(event: SipEvent): readonly Detection[]
  /**
   * Clears what is counted against an address (and its /64, which may also be given as text); its events up to `untilMs` no longer count,
   * those already counted and those still in flight. What is counted against a user it attacked stays, but in a `distinct: ip` jail.
   */
  forget(ip: string, untilMs: number): void
  /** Other jails from now on; unchanged ones keep their windows. */
  reconfigure(jails: readonly Jail[]): void
  /** Counters that changed since the last call, for the journal. */
  drain(): CounterRow[]
  /** Takes back what drain() once gave. Rows of unknown jails are ignored. */
  restore(rows: Iterable<CounterRow>): void
  /** Drops keys whose windows have passed. */
  sweep(nowMs: number): void
  /** Events that entered this jail's windows since the start. */
  found(jail: string): number
  sizes(): { readonly keys: number; readonly evicted: number }
}
