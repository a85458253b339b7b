import { z } from 'zod'
import { ALERT_KINDS, EVENT_KINDS } from '../types.ts'
import { time } from './schema.ts'

/** How the daemon is, as it travels; `status --json` prints it, and names are a contract (DESIGN.md section 8). */

const text = z.string().nullable()

const sourceAnswer = z.object({
  name: z.string(),
  lag_bytes: z.number(),
  /** How far the newest line's own time lies behind its receipt, seconds. */
  lag_seconds: z.number(),
  last_line_at: time.nullable(),
  lines: z.int(),
  /** Lines that no rule knew. */
  unmatched: z.int(),
  /** `phones`: its successes tell phones from attackers. `blind`: it says failures and no success. `unknown`: too early to say. */
  protection: z.enum(['phones', 'blind', 'unknown']),
  /** What to do about it, where it is blind. */
  remedy: text,
  /** Bytes of a log that had been seen and were truncated away before they could be read, since the start. */
  swallowed_bytes: z.int(),
  /** How often a log was seen truncated since the start: lines written in the moments before each may be gone, and nobody can know. */
  truncations: z.int(),
  /** Lines of a listener that were lost, for they came too fast or their sender did not finish them. */
  dropped_lines: z.int(),
  /** Datagrams and connections that a listener turned away: their sender is not listed, or there were too many. */
  refused: z.int(),
  trouble: text,
})

const jailAnswer = z.object({
  name: z.string(),
  /** Events that entered its windows since the start. */
  found: z.int(),
  bans: z.int(),
  active: z.int(),
})

/** One alert as `watch --json` prints it, and in words. */
const alertAnswer = z.object({ alert: z.enum(ALERT_KINDS), ip: z.string(), user: text, at: time, text: z.string() })

const nodeAnswer = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  /** By the clock of the node that is asked. */
  seen_at: time,
  /** It was not heard of for more than 30 s. */
  silent: z.boolean(),
  /** How far it is behind the decisions of the others, ms; null: it cannot say. */
  lag_ms: z.number().nullable(),
  /** Bans in force there, and of these those that its kernel has confirmed. */
  bans: z.int(),
  verified: z.int(),
})

/** This node's part in its fleet, and all nodes of it. */
export const fleetAnswer = z.object({
  /** Whether Redis can be used, and since when it can, or cannot. */
  reachable: z.boolean(),
  since: time,
  last_error: text,
  /** Decisions of this node that are not in Redis yet. */
  outbox: z.int(),
  /** How far this node is behind the decisions of the others, ms; null: it has read none since its start. */
  lag_ms: z.number().nullable(),
  /** Decisions known, those that take others back among them. */
  entries: z.int(),
  /** What in Redis no node of ours has written, and own decisions that the others would not read. */
  refused: z.int(),
  /** How often all decisions were compared with Redis's. */
  resyncs: z.int(),
  /** Events on their way into the windows of all nodes, those that never came there, and those that did; one for each jail they enter. */
  counting: z.object({
    pending: z.int(),
    dropped: z.int(),
    counted: z.int(),
    /** Why Redis does not take them; null: it does. */
    last_error: text,
  }),
  nodes: z.array(nodeAnswer),
})

const degradedAnswer = z.array(z.object({ what: z.string(), since: time, remedy: text }))

export const statusAnswer = z.object({
  version: z.string(),
  /** Of the configuration in force: the same as long as it decides the same. */
  config_version: z.string(),
  node: z.string(),
  started_at: time,
  totals: z.object({ lines: z.int(), events: z.partialRecord(z.enum(EVENT_KINDS), z.int()), bans: z.int() }),
  sources: z.array(sourceAnswer),
  jails: z.array(jailAnswer),
  enforcement: z.object({
    backend: z.string(),
    /** Bans in force. */
    active: z.int(),
    /** Of these, confirmed by the kernel. */
    verified: z.int(),
    last_error: text,
    /** When something in the firewall was not as we left it and was put right, and what. */
    last_repair: z.object({ at: time, what: z.string() }).nullable(),
  }),
  /** Red when not empty. */
  degraded: degradedAnswer,
  /** What operators were told lately, newest first. */
  alerts: z.array(alertAnswer),
  /** Null where nothing is shared with other nodes. */
  fleet: fleetAnswer.nullable(),
  /** Rules that are in force without a proof (--allow-unproven), as `filter/rule`. */
  unproven: z.array(z.string()),
  memory: z.object({ keys: z.int(), evicted: z.int(), rss_bytes: z.int() }),
})

export const healthAnswer = z.object({ status: z.literal('ok') })
export const illnessAnswer = z.object({ status: z.literal('degraded'), degraded: degradedAnswer })
