import { createHash } from 'node:crypto'

/** What goes into a column, made so that every database can hold it. */

/** PostgreSQL has no NUL and no half of a surrogate pair; SQLite would turn the latter into something else. */
const UNSTORABLE = /\0|\p{Surrogate}/gu
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** The first `most` characters (code points, as VARCHAR counts them) of what a database can hold. */
export function cut(text: string, most: number): string
export function cut(text: string | null, most: number): string | null
export function cut(text: string | null, most: number): string | null {
  if (text === null) return null
  const clean = text.replace(UNSTORABLE, '')
  if (clean.length <= most) return clean
  // Two units a character at the most: what lies behind is not looked at.
  return Array.from(clean.slice(0, 2 * most))
    .slice(0, most)
    .join('')
}

/** An id that two rows must not share: cut it would be another's, so its hash stands for it. */
export function cutId(id: string, most: number): string {
  return cut(id, most) === id ? id : createHash('sha256').update(id).digest('hex')
}

/** A whole number from 0 to `most`. */
export function whole(value: number, most: number): number
export function whole(value: number | null, most: number): number | null
export function whole(value: number | null, most: number): number | null {
  return value === null || Number.isNaN(value) ? null : Math.min(Math.max(Math.trunc(value), 0), most)
}

/**
 * `2026-01-15 10:30:45.123Z`: ISO 8601 in UTC, with RFC 3339's blank (section 5.6) in the place of the T. So SQLite, which compares times
 * as text, has them in the order of what its own `datetime('now', '-1 hour')` gives, and nobody can take it for local time.
 */
export function timestampOf(ms: number): string {
  return new Date(whole(ms, LAST_MS)).toISOString().replace('T', ' ')
}

/** Epoch ms. */
export const msOfTimestamp = (timestamp: string): number => Date.parse(timestamp)
