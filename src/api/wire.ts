import { z } from 'zod'
import type { AllowEntry } from '../kept.ts'
import { banJson } from '../report.ts'
import { BAN_SCOPES, type Ban, type BanDecision, EVIDENCE, SKIP_REASONS, type SkipDecision, TRANSPORTS, TRUST_LEVELS } from '../types.ts'
import type { LiftedBan } from './control.ts'
import { time, type Wire } from './schema.ts'

/** The objects of the API as they travel; names are a contract (DESIGN.md section 8). */

export const banAnswer = z.object({
  ip: z.string(),
  scope: z.enum(BAN_SCOPES),
  prefix: z.string().nullable(),
  port: z.int().nullable(),
  transport: z.enum(TRANSPORTS).nullable(),
  jail: z.string(),
  at: time,
  /** Null: for ever. */
  until: time.nullable(),
  nth: z.int(),
  count: z.int(),
  level: z.enum(TRUST_LEVELS),
  evidence: z.enum(EVIDENCE),
  node: z.string(),
})
export type BanJson = Wire<typeof banAnswer>

/** A ban that ended, and what it did. */
export const liftedAnswer = z.object({
  ...banAnswer.shape,
  phones: z.array(z.string()),
  /** Null: not known. */
  packets: z.int().nullable(),
})
export type LiftedJson = Wire<typeof liftedAnswer>

/** A ban of the whole fleet. */
export const fleetBanAnswer = z.object({
  ...banAnswer.shape,
  /** How the node is called that decided it; null: it is not known any more. */
  node_name: z.string().nullable(),
})
export type FleetBanJson = Wire<typeof fleetBanAnswer>

export const bannedAnswer = z.object({ type: z.literal('ban'), ...banAnswer.shape })
export const skippedAnswer = z.object({ type: z.literal('skip'), ip: z.string(), jail: z.string(), why: z.enum(SKIP_REASONS) })
export type DecisionJson = Wire<typeof bannedAnswer> | Wire<typeof skippedAnswer>

export const allowAnswer = z.object({
  cidr: z.string(),
  /** Null: for ever. */
  until: time.nullable(),
  added: time,
  comment: z.string().nullable(),
})
export type AllowJson = Wire<typeof allowAnswer>

export const allowCheckAnswer = z.object({ ip: z.string(), allowed: z.boolean(), entry: allowAnswer.nullable() })
export type AllowCheckJson = Wire<typeof allowCheckAnswer>

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
