import { z } from 'zod'
import { LIFTED_BY } from '../kept.ts'
import { BAN_SCOPES, EVENT_KINDS, TRUST_LEVELS } from '../types.ts'
import { time, type Wire } from './schema.ts'
import { banAnswer } from './wire.ts'

/** What src/explain tells, as it travels; names are a contract (docs/api.md). */

const text = z.string().nullable()
const placeAnswer = z.object({
  /** Event id. */
  id: z.string(),
  at: time,
  /** Null: another node counted it. */
  source: text,
  /** Bytes from the start of the file; null: the source has none, or it is not known. */
  offset: z.int().nullable(),
})
export type LinePlaceJson = Wire<typeof placeAnswer>

/** `text` null: it is not kept any more, or it was read on another node. */
const lineAnswer = z.object({ ...placeAnswer.shape, text, kind: text, rule: text, user: text })
export type LineJson = Wire<typeof lineAnswer>

const windowAnswer = z.object({ jail: z.string(), key: z.string(), count: z.int(), maxretry: z.int(), findtime: z.string() })

const whyBanAnswer = z.object({
  ...banAnswer.shape,
  lifted_at: time.nullable(),
  lifted_by: z.enum([...LIFTED_BY, 'replaced']).nullable(),
  config_version: text,
  window: z.object({ jail: z.string(), key: z.string(), maxretry: z.int(), findtime: z.string(), bantime: z.string() }).nullable(),
  lines: z.array(lineAnswer),
  armed_by: z.array(lineAnswer),
  /** `verified`: whether the kernel has it now; null: it cannot be asked. `packets`: dropped since it was placed; null: not known. */
  firewall: z.object({ backend: z.string(), verified: z.boolean().nullable(), packets: z.int().nullable() }),
})
export type ExplainedBanJson = Wire<typeof whyBanAnswer>

export const whyAnswer = z.object({
  ip: z.string(),
  verdict: z.enum(['banned', 'was-banned', 'not-banned']),
  level: z.enum(TRUST_LEVELS),
  config_version: z.string(),
  bans: z.array(whyBanAnswer),
  windows: z.array(z.object({ ...windowAnswer.shape, lines: z.array(placeAnswer) })),
  not_counted: z.array(z.object({ why: z.string(), count: z.int(), lines: z.array(lineAnswer) })),
})

export type WhyJson = Wire<typeof whyAnswer>

export const whyNotAnswer = z.object({ ip: z.string(), banned: z.boolean(), cause: z.string(), text: z.string(), remedy: text })
export type WhyNotJson = Wire<typeof whyNotAnswer>

export const bundleAnswer = z.array(z.object({ name: z.string(), text: z.string(), encoding: z.enum(['utf8', 'latin1']) }))

const spanAnswer = z.object({ name: z.string(), start: z.int(), end: z.int() })

/** The fields of `sipguard classify`, or `kind` null. */
const triedLineAnswer = z.looseObject({
  ...{ line: z.int(), text: z.string(), kind: z.enum(EVENT_KINDS).nullable() },
  ...{ ip: text.optional(), filter: z.string().optional(), rule: z.string().optional() },
  ...{ counted: z.boolean().optional(), shadow: z.boolean().optional(), proved: z.boolean().optional() },
  /** Why it has no address. */
  why: z.string().optional(),
  fields: z.array(spanAnswer),
})
export type TriedLineJson = Wire<typeof triedLineAnswer>

/** As `replay --json` prints it. */
const triedDecisionAnswer = z.looseObject({
  ...{ line: z.int(), type: z.enum(['ban', 'skip', 'alert']), ip: z.string(), jail: text },
  ...{ scope: z.enum(BAN_SCOPES).optional(), prefix: text.optional(), port: z.int().nullish(), transport: text.optional() },
  ...{ at: time.optional(), until: time.nullish() },
  /** Of a skip. */
  why: z.string().optional(),
  /** Of an alert: its kind, and more. */
  ...{ alert: z.string().optional(), detail: z.string().optional() },
})
export type TriedDecisionJson = Wire<typeof triedDecisionAnswer>

export const tryAnswer = z.object({
  lines: z.array(triedLineAnswer),
  decisions: z.array(triedDecisionAnswer),
  windows: z.array(windowAnswer),
})
export type TriedJson = Wire<typeof tryAnswer>
