import type { AllowEntry, Ban, Decision, Totals } from '../types.ts'

/** What the daemon can be asked and told; the API and the command line know nothing else of it. Implemented in src/daemon/. */
export interface Control {
  status(): StatusReport
  /** Active bans, newest first. */
  bans(): Ban[]
  /** Enters a ban and resolves when the kernel has it. `forMs` null: for ever; undefined: the jail's bantime, else 1h. Any jail's name will do: Fail2Ban has its own. @throws SipguardError ENFORCE_FAILED */
  ban(ip: string, options: { readonly jail?: string; readonly forMs?: number | null }): Promise<Decision>
  /** Lifts every scope that covers an address (or the prefix itself). The bans that ended; empty when there was none. */
  unban(target: string): Promise<Ban[]>
  unbanAll(): Promise<Ban[]>
  allowList(): AllowEntry[]
  /** `forMs` null: for ever. An active ban inside it is lifted. */
  allow(cidr: string, options: { readonly forMs: number | null; readonly comment: string | null }): Promise<AllowEntry>
  disallow(cidr: string): Promise<boolean>
}

export interface SourceReport {
  readonly name: string
  readonly lag_bytes: number
  /** How far the newest line's own time lies behind its receipt, seconds. */
  readonly lag_seconds: number
  readonly last_line_at: string | null
  readonly lines: number
  /** Lines that no rule knew. */
  readonly unmatched: number
  readonly trouble: string | null
}

export interface JailReport {
  readonly name: string
  /** Events that entered its windows since the start. */
  readonly found: number
  readonly bans: number
  readonly active: number
}

/** `status --json`; field names are a contract (DESIGN.md section 8). */
export interface StatusReport {
  readonly version: string
  readonly node: string
  readonly started_at: string
  readonly totals: Totals
  readonly sources: readonly SourceReport[]
  readonly jails: readonly JailReport[]
  readonly enforcement: {
    readonly backend: string
    /** Bans in force. */
    readonly active: number
    /** Of these, confirmed by the kernel. */
    readonly verified: number
    readonly last_error: string | null
  }
  /** Red when not empty. */
  readonly degraded: readonly { readonly what: string; readonly since: string; readonly remedy: string | null }[]
  /** Rules that are in force without a proof (--allow-unproven), as `filter/rule`. */
  readonly unproven: readonly string[]
  readonly memory: { readonly keys: number; readonly evicted: number; readonly rss_bytes: number }
}
