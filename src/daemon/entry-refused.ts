import { SipguardError } from '../errors.ts'

/** The database works, but it does not take what was to be written: trying again is no use. */
export class EntryRefused extends Error {}

/** SQLite's primary result codes that blame a value: too big, a constraint, a type, a range (https://www.sqlite.org/rescode.html). */
const SQLITE_BLAMES = new Set([18, 19, 20, 25])
/** PostgreSQL's classes that do: data exception, integrity constraint violation, program limit exceeded (its appendix A). */
const SQLSTATE_BLAMES = /^(?:22|23|54)[0-9A-Z]{3}$/

/**
 * Whether an error of `Records.write` blames what was to be written, not the database: by the database's own code; or it is a mistake of
 * ours, made over an entry that nobody has thought of.
 */
export function blamesEntry(error: unknown): boolean {
  if (!(error instanceof SipguardError)) return true
  const { errcode, code } = (error.cause ?? {}) as { readonly errcode?: unknown; readonly code?: unknown }
  // The upper bits of SQLite's say more of the same.
  return typeof errcode === 'number' ? SQLITE_BLAMES.has(errcode & 0xff) : typeof code === 'string' && SQLSTATE_BLAMES.test(code)
}
