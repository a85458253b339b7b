import { banJson } from '../report.ts'
import type { AllowEntry, Ban, BanDecision, BanScope, Evidence, SkipDecision, SkipReason, Transport, TrustLevel } from '../types.ts'
import type { LiftedBan } from './control.ts'

/** The objects of the API as they travel; names are a contract (DESIGN.md section 8). Times are ISO 8601 in UTC. */

export interface BanJson {
  readonly ip: string
  readonly scope: BanScope
  readonly prefix: string | null
  readonly port: number | null
  readonly transport: Transport | null
  readonly jail: string
  readonly at: string
  /** Null: for ever. */
  readonly until: string | null
  readonly nth: number
  readonly count: number
  readonly level: TrustLevel
  readonly evidence: Evidence
  readonly node: string
}

/** A ban that ended, and what it did. */
export interface LiftedJson extends BanJson {
  readonly phones: readonly string[]
  /** Null: not known. */
  readonly packets: number | null
}

/** A ban of the whole fleet. */
export interface FleetBanJson extends BanJson {
  /** How the node is called that decided it; null: it is not known any more. */
  readonly node_name: string | null
}

export type DecisionJson =
  | ({ readonly type: 'ban' } & BanJson)
  | { readonly type: 'skip'; readonly ip: string; readonly jail: string; readonly why: SkipReason }

export interface AllowJson {
  readonly cidr: string
  /** Null: for ever. */
  readonly until: string | null
  readonly added: string
  readonly comment: string | null
}

export interface AllowCheckJson {
  readonly ip: string
  readonly allowed: boolean
  readonly entry: AllowJson | null
}

export function decisionJson(decision: BanDecision | SkipDecision): Record<string, unknown> {
  if (decision.type === 'ban') return { type: 'ban', ...banJson(decision.ban) }
  return { type: 'skip', ip: decision.ip, jail: decision.jail, why: decision.why }
}

export function liftedJson({ ban, phones, packets }: LiftedBan): Record<string, unknown> {
  return { ...banJson(ban), phones, packets }
}

export function fleetBanJson(ban: Ban, nodeName: string | null): Record<string, unknown> {
  return { ...banJson(ban), node_name: nodeName }
}

export function allowJson(entry: AllowEntry): AllowJson {
  return {
    cidr: entry.cidr,
    until: entry.untilMs === null ? null : new Date(entry.untilMs).toISOString(),
    added: new Date(entry.addedMs).toISOString(),
    comment: entry.comment,
  }
}

export function allowCheckJson(ip: string, entry: AllowEntry | null): AllowCheckJson {
  return { ip, allowed: entry !== null, entry: entry === null ? null : allowJson(entry) }
}
