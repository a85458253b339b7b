import { z } from 'zod'
import { type AuditRow, ROLES } from '../kept.ts'
import type { Caller } from './access.ts'
import { time, type Wire } from './schema.ts'
import type { KnownToken } from './tokens.ts'

/** Who may do what, and who did, as it travels; names are a contract (docs/api.md). */

const role = z.enum(ROLES)

export const sessionAnswer = z.object({
  name: z.string(),
  role,
  /** Null where no cookie is used. */
  csrf: z.string().nullable(),
})

export type SessionJson = Wire<typeof sessionAnswer>

export const tokenAnswer = z.object({
  name: z.string(),
  role,
  /** Null: it stands in the file of `http.tokenfile`. */
  added: time.nullable(),
})
export type TokenJson = Wire<typeof tokenAnswer>

export const newTokenAnswer = z.object({ name: z.string(), role, token: z.string() })
export type NewTokenJson = Wire<typeof newTokenAnswer>

export const auditAnswer = z.object({
  id: z.int(),
  at: time,
  who: z.string(),
  from: z.string(),
  action: z.string(),
  target: z.string().nullable(),
  detail: z.string().nullable(),
})
export type AuditJson = Wire<typeof auditAnswer>

export function sessionJson({ name, role, session }: Caller): SessionJson {
  return { name, role, csrf: session?.csrf ?? null }
}

export function tokenJson({ name, role, addedMs }: KnownToken): TokenJson {
  return { name, role, added: addedMs === null ? null : new Date(addedMs).toISOString() }
}

export function auditJson({ atMs, ...entry }: AuditRow): AuditJson {
  return { ...entry, at: new Date(atMs).toISOString() }
}
