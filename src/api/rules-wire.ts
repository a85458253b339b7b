import { z } from 'zod'
import { PREFIXES } from '../config/types.ts'
import { EVENT_KINDS } from '../types.ts'
import type { Wire } from './schema.ts'

/** Filters and jails, as they travel; names are a contract (docs/api.md). */

const list = z.array(z.string()).nullable()
const by = z.array(z.enum(['ip', 'user']))
const kind = z.enum(EVENT_KINDS)

export const filterAnswer = z.object({
  name: z.string(),
  prefix: z.enum(PREFIXES),
  rules: z.array(
    z.object({
      ...{ id: z.string(), kind, failregex: z.string(), counted: z.boolean(), shadow: z.boolean() },
      verdict: z.enum(['proved', 'runtime']),
    }),
  ),
})

export type FilterJson = Wire<typeof filterAnswer>

/** A jail's keys as configured, and what it did since the start. */
export const jailAnswer = z.object({
  ...{ name: z.string(), kinds: z.array(kind), reasons: list, methods: list, filters: list, by },
  distinct: z.enum(['user', 'ip']).nullable(),
  ...{ maxretry: z.int(), findtime: z.string(), bantime: z.string() },
  increment: z.object({ factor: z.number(), maxtime: z.string() }).nullable(),
  unless: z.literal('success').nullable(),
  alertonly: z.boolean(),
  // biome-ignore lint/suspicious/noThenProperty: the key of a jail
  then: z.object({ by, maxretry: z.int(), findtime: z.string(), bantime: z.string() }).nullable(),
  ...{ found: z.int(), bans: z.int(), active: z.int() },
})
