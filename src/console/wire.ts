import type { AuditJson, SessionJson } from '../api/access-wire.ts'
import type { ActivityJson } from '../api/activity-wire.ts'
import type { PlacedBanJson, PlaceJson } from '../api/records-wire.ts'

export type { ActivityJson, AuditJson, PlacedBanJson, PlaceJson, SessionJson }
export type AttackerJson = ActivityJson['attackers'][number]
export type TargetJson = ActivityJson['targets'][number]

/** The types of the feed that the console follows. */
export const REPORT_TYPES = ['found', 'ban', 'unban', 'restore-ban', 'skip', 'alert', 'notice'] as const
/** `-more`: in a flood, how many of a type the feed left out. */
export type ReportType = (typeof REPORT_TYPES)[number] | 'found-more' | 'skip-more'

/** What `watch --json` prints, as far as the console shows it. */
export interface ReportJson {
  readonly type: ReportType
  readonly at: string | null
  readonly ip?: string | null
  readonly prefix?: string | null
  readonly jail?: string | null
  readonly why?: string | null
  readonly message?: string
  readonly alert?: string
  readonly detail?: string
  readonly key?: string
  readonly kind?: string
  readonly filter?: string
  readonly rule?: string
  readonly user?: string | null
  readonly domain?: string | null
  readonly user_agent?: string | null
  readonly code?: number | null
  readonly reason?: string | null
  readonly until?: string | null
  readonly nth?: number
  readonly count?: number
}
