import { SipguardError } from '../errors.ts'

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5
const CORRUPT = 11
const NOT_A_DATABASE = 26

function resultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode
  // The upper bits say more of the same (extended result codes).
  return typeof code === 'number' ? code & 0xff : null
}

export function isBusy(error: unknown): boolean {
  return resultCode(error) === BUSY
}

export function isCorrupt(error: unknown): boolean {
  const code = resultCode(error)
  return code === CORRUPT || code === NOT_A_DATABASE
}

/** STATE_UNUSABLE for what SQLite or the file system threw; other errors as they are. */
export function unusable(path: string, error: unknown): unknown {
  if (error instanceof SipguardError || !(error instanceof Error)) return error
  const known = resultCode(error) !== null || 'syscall' in error
  return known ? new SipguardError('STATE_UNUSABLE', `cannot use the state in ${path}: ${error.message}`, { cause: error }) : error
}
