/** Every error a person can meet, in one table (docs/errors.md; checked both ways by a test). */

/** Exit status: 1 failed or the negative answer, 2 usage or invalid configuration, 3 the daemon is not running. */
export const ERRORS = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  CONFIG_UNREADABLE: 2,
  FILTER_UNKNOWN: 2,
  SOURCE_UNREADABLE: 1,
  ADDRESS_INVALID: 2,
  DURATION_INVALID: 2,
  STATE_LOCKED: 1,
  STATE_UNUSABLE: 1,
  STORE_UNREACHABLE: 1,
  FLEET_NONE: 1,
  RECORDS_OFF: 1,
  RECORDS_UNAVAILABLE: 1,
  MAC_INVALID: 2,
  ENFORCE_UNAVAILABLE: 1,
  ENFORCE_FAILED: 1,
  ENFORCE_LOCKED: 1,
  ENFORCE_DECLINED: 1,
  SERVER_NOT_FOUND: 1,
  INIT_DECLINED: 1,
  DAEMON_NOT_RUNNING: 3,
  DAEMON_REFUSED: 1,
  OUTPUT_FAILED: 1,
} as const
export type ErrorCode = keyof typeof ERRORS

/** An error whose message is meant for people: rule + value + place. Anything else that is thrown is a bug. */
export class SipguardError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'SipguardError'
    this.code = code
  }
  get exitStatus(): number {
    return ERRORS[this.code]
  }
}
