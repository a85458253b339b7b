import { hash } from 'node:crypto'

/** As wide as the database's columns that the values end in. */
const LONGEST = 255
/** V8 copies parts that are shorter (SlicedString::kMinLength). */
const COPIED_ANYHOW = 13

/** At most 255 characters, and a copy: a part of a message would keep all of it in memory. */
export function own(text: string): string
export function own(text: string | null): string | null
export function own(text: string | null): string | null {
  if (text === null || text.length < COPIED_ANYHOW) return text
  return Buffer.from(text.slice(0, LONGEST)).toString()
}

/** A copy that is no longer either, and another for each text. */
export function shortKey(text: string): string {
  return text.length > LONGEST ? hash('sha256', text) : own(text)
}
