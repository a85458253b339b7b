import { z } from 'zod'
import { EVENT_KINDS, LIFTED_BY, TRUST_LEVELS } from '../types.ts'
import { time } from './schema.ts'
import { banAnswer } from './wire.ts'

/** What src/explain tells, as it travels; names are a contract (docs/api.md). */

const text = z.string().nullable()
const place = { id: z.string(), at: time, source: text, offset: z.int().nullable() }
const line = z.object({ ...place, text, kind: text, rule: text, user: text })
const windowAnswer = z.object({ jail: z.string(), key: z.string(), count: z.int(), maxretry: z.int(), findtime: z.string() })

const whyBanAnswer = z.object({
  ...banAnswer.shape,
  lifted_at: time.nullable(),
  lifted_by: z.enum([...LIFTED_BY, 'replaced']).nullable(),
  config_version: text,
  window: z.object({ jail: z.string(), key: z.string(), maxretry: z.int(), findtime: z.string(), bantime: z.string() }).nullable(),
  lines: z.array(line),
  armed_by: z.array(line),
  firewall: z.object({ backend: z.string(), verified: z.boolean().nullable(), packets: z.int().nullable() }),
})

export const whyAnswer = z.object({
  ip: z.string(),
  verdict: z.enum(['banned', 'was-banned', 'not-banned']),
  level: z.enum(TRUST_LEVELS),
  config_version: z.string(),
  bans: z.array(whyBanAnswer),
  windows: z.array(z.object({ ...windowAnswer.shape, lines: z.array(z.object(place)) })),
  not_counted: z.array(z.object({ why: z.string(), count: z.int(), lines: z.array(line) })),
})

export const whyNotAnswer = z.object({ ip: z.string(), banned: z.boolean(), cause: z.string(), text: z.string(), remedy: text })

export const bundleAnswer = z.array(z.object({ name: z.string(), text: z.string(), encoding: z.enum(['utf8', 'latin1']) }))

export const tryAnswer = z.object({
  lines: z.array(
    z.looseObject({
      ...{ line: z.int(), text: z.string(), kind: z.enum(EVENT_KINDS).nullable() },
      fields: z.array(z.object({ name: z.string(), start: z.int(), end: z.int() })),
    }),
  ),
  decisions: z.array(z.looseObject({ line: z.int(), type: z.enum(['ban', 'skip', 'alert']) })),
  windows: z.array(windowAnswer),
})
