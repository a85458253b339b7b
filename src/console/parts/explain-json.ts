import type { BanJson } from '../../api/wire.ts'
import type { FieldSpan } from './line-pieces.ts'

/** Answers of the API that explain decisions (docs/api.md). Times are ISO 8601 in UTC. */

/** Where a line stands. */
export interface LinePlaceJson {
  /** Event id. */
  readonly id: string
  readonly at: string
  /** Null: another node counted it. */
  readonly source: string | null
  /** Bytes from the start of the file; null: the source has none, or it is not known. */
  readonly offset: number | null
}

export interface LineJson extends LinePlaceJson {
  /** Null: it is not kept any more, or it was read on another node. */
  readonly text: string | null
  readonly kind: string | null
  readonly rule: string | null
  readonly user: string | null
}

/** What a jail asks for. Durations as they are configured: `5m`; `-1` for ever. */
export interface WindowJson {
  readonly jail: string
  readonly key: string
  readonly maxretry: number
  readonly findtime: string
}

export interface ExplainedBanJson extends BanJson {
  readonly lifted_at: string | null
  /** `unban`, `fleet`, `trusted`, or `replaced` by a ban that followed. */
  readonly lifted_by?: string | null
  readonly window: (WindowJson & { readonly bantime: string }) | null
  readonly lines: readonly LineJson[]
  /** What put the window's key under attack, where the jail has a second stage. */
  readonly armed_by?: readonly LineJson[]
  /** `verified`: whether the kernel has it now; null: it cannot be asked. `packets`: dropped since it was placed; null: not known. */
  readonly firewall: { readonly backend: string; readonly verified: boolean | null; readonly packets: number | null } | null
}

export interface WhyJson {
  readonly ip: string
  readonly verdict: 'banned' | 'was-banned' | 'not-banned'
  readonly level: string
  readonly config_version: string
  /** Newest first. */
  readonly bans: readonly ExplainedBanJson[]
  /** What is counted now. */
  readonly windows: readonly (WindowJson & { readonly count: number; readonly lines: readonly LinePlaceJson[] })[]
  readonly not_counted: readonly { readonly why: string; readonly count: number; readonly lines: readonly LineJson[] }[]
}

export interface WhyNotJson {
  readonly ip: string
  readonly banned: boolean
  readonly cause: string
  /** One sentence. */
  readonly text: string
  readonly remedy: string | null
}

/** A line that was tried: the fields of `sipguard classify`, or `kind` null. */
export interface TriedLineJson {
  readonly line: number
  readonly text: string
  readonly kind: string | null
  readonly ip?: string | null
  readonly at?: string
  readonly filter?: string
  readonly rule?: string
  readonly counted?: boolean
  readonly shadow?: boolean
  readonly proved?: boolean
  /** Why it has no address, or does not count. */
  readonly why?: string
  readonly fields?: readonly FieldSpan[]
}

export interface TriedDecisionJson {
  readonly line: number
  readonly type: string
  readonly ip: string
  readonly jail: string | null
  /** Of a ban. */
  readonly scope?: string
  readonly prefix?: string | null
  readonly port?: number | null
  readonly transport?: string | null
  readonly at?: string
  readonly until?: string | null
  readonly nth?: number
  readonly count?: number
  /** Of a skip. */
  readonly why?: string
  /** Of an alert: its kind. */
  readonly alert?: string
  readonly detail?: string
}

export interface TriedJson {
  readonly lines: readonly TriedLineJson[]
  readonly decisions: readonly TriedDecisionJson[]
  /** What is left counted behind the last line. */
  readonly windows: readonly (WindowJson & { readonly count: number })[]
}

/** A filter as GET /api/filters names it. */
export interface FilterJson {
  readonly name: string
  readonly prefix: string | null
  readonly rules: readonly { readonly id: string; readonly kind: string; readonly failregex: string }[]
}
