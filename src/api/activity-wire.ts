import { z } from 'zod'
import { EVENT_KINDS } from '../types.ts'
import { placeAnswer } from './records-wire.ts'
import { time, type Wire } from './schema.ts'

/** What happened lately, as it travels; names are a contract (docs/api.md). */

const perMinute = z.array(z.int())
const attackerAnswer = z.object({ ip: z.string(), events: z.int(), last_at: time, banned: z.boolean(), ...placeAnswer.shape })
const targetAnswer = z.object({ user: z.string(), events: z.int(), last_at: time })

export const activityAnswer = z.object({
  from: time,
  since: time,
  step_seconds: z.literal(60),
  kinds: z.partialRecord(z.enum(EVENT_KINDS), perMinute),
  bans: perMinute,
  attackers: z.array(attackerAnswer),
  targets: z.array(targetAnswer),
})
export type ActivityJson = Wire<typeof activityAnswer>
