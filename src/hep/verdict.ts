import { COUNTED_KINDS, type EventKind, type KnockReason } from '../types.ts'

/** What a request and its answer mean. */
export interface Verdict {
  readonly kind: EventKind
  /** Name of the row of the mapping, as an event's `rule`. */
  readonly rule: string
  /** Of a door knock; else null. */
  readonly reason: KnockReason | null
  readonly counted: boolean
}

/** What of an answered request decides. */
export interface Exchange {
  readonly method: string
  /** Final status, 200 to 699. */
  readonly code: number
  /** Null: the request was not seen. */
  readonly hasCredentials: boolean | null
  /** The challenge says that only the nonce was too old. */
  readonly isStale: boolean
  /** This very request was challenged before it had credentials: who succeeds with them has been checked. */
  readonly wasChallenged: boolean
  readonly isScanner: boolean
  /** It names a domain that is not served here. */
  readonly isForeign: boolean
  /** What a REGISTER asked to be done about bindings. */
  readonly change: BindingChange
}

/** Contacts added or renewed, taken away, or only asked for (RFC 3261 section 10.2). */
export type BindingChange = 'bound' | 'removed' | 'none'

/** RFC 3261, and its extensions: 3262, 3311, 3428, 3515, 3903, 6086, 6665. */
const METHODS: ReadonlySet<string> = new Set(
  'INVITE ACK BYE CANCEL REGISTER OPTIONS PRACK UPDATE MESSAGE REFER PUBLISH INFO SUBSCRIBE NOTIFY'.split(' '),
)
/**
 * How a server turns a stranger away. Busy (486, 600), unavailable (480), cancelled (487), declined (603) and the like are answers of
 * whoever was called.
 */
const REFUSALS: ReadonlySet<number> = new Set([403, 404, 604])
/** Timed out or cancelled behind the server; with 5xx, its own trouble. */
const TROUBLE: ReadonlySet<number> = new Set([408, 487])
/** What a scanner must have earned by credentials not to be called one. */
const EARNED: ReadonlySet<EventKind> = new Set([
  'registration',
  'unregistration',
  'auth_success',
  'failed_registration',
  'failed_auth',
] as const)

const row = (kind: EventKind, rule: string): Verdict => ({ kind, rule, reason: null, counted: COUNTED_KINDS.has(kind) })
const knock = (reason: KnockReason, rule: string): Verdict => ({ ...row('door_knock', rule), reason })

const REQUEST = row('request', 'request')
const CHALLENGE = row('auth_challenge', 'challenge')
const STALE_NONCE = row('auth_challenge', 'stale-nonce')
const AUTHENTICATED = row('auth_success', 'authenticated')
const REGISTERED = row('registration', 'registration')
const UNREGISTERED = row('unregistration', 'unregistration')
const REGISTER_PASSWORD = row('failed_registration', 'register-wrong-password')
const REGISTER_FORBIDDEN = row('failed_registration', 'register-forbidden')
const REGISTER_UNKNOWN = row('failed_registration', 'register-unknown-user')
const REGISTER_REFUSED = row('failed_registration', 'register-refused')
const REGISTER_TROUBLE = { ...row('failed_registration', 'register-server-trouble'), counted: false }
const WRONG_PASSWORD = row('failed_auth', 'wrong-password')
const FORBIDDEN = row('failed_auth', 'forbidden')
const CALL_REJECTED = row('call_rejected', 'call-rejected')
const SCANNER = knock('scanner_detected', 'scanner')
const FOREIGN_DOMAIN = knock('domain_not_found', 'foreign-domain')
const NO_ENTRY = knock('acl_denied', 'register-uninvited')
const UNKNOWN_ENDPOINT = knock('unknown_endpoint', 'register-unknown-endpoint')
const UNKNOWN_METHOD = knock('method_not_allowed', 'unknown-method')
const MAX_FORWARDS = knock('max_forwards_exceeded', 'max-forwards')

/** A message that no parser takes. */
export const MALFORMED = row('malformed', 'malformed')

/** Of a request that nobody answered in time. */
export function unanswered(isScanner: boolean): Verdict {
  return isScanner ? SCANNER : UNANSWERED
}
const UNANSWERED = row('request', 'unanswered')

/** Of a request and its final answer. */
export function answered(exchange: Exchange): Verdict {
  const verdict = byAnswer(exchange)
  return exchange.isScanner && !(exchange.hasCredentials && EARNED.has(verdict.kind)) ? SCANNER : verdict
}

function byAnswer(exchange: Exchange): Verdict {
  const { method, code, hasCredentials } = exchange
  const isRegister = method === 'REGISTER'
  if (code === 401 || code === 407) {
    if (!hasCredentials) return CHALLENGE
    if (exchange.isStale) return STALE_NONCE
    return isRegister ? REGISTER_PASSWORD : WRONG_PASSWORD
  }
  if (code < 300) return isRegister ? accepted(exchange) : authenticated(exchange)
  if (code === 483) return MAX_FORWARDS
  if ((code === 405 || code === 501) && !METHODS.has(method)) return UNKNOWN_METHOD
  if (!hasCredentials && exchange.isForeign && REFUSALS.has(code)) return FOREIGN_DOMAIN
  if (isRegister) return refused(exchange)
  if (hasCredentials) return code === 403 ? FORBIDDEN : REQUEST
  return method === 'INVITE' && REFUSALS.has(code) ? CALL_REJECTED : REQUEST
}

function accepted(exchange: Exchange): Verdict {
  if (exchange.change === 'none') return authenticated(exchange)
  return exchange.change === 'bound' ? REGISTERED : UNREGISTERED
}

/** Credentials alone prove nothing: a server does not look at those that it did not ask for. */
function authenticated({ hasCredentials, wasChallenged }: Exchange): Verdict {
  return hasCredentials && wasChallenged ? AUTHENTICATED : REQUEST
}

function refused({ code, hasCredentials }: Exchange): Verdict {
  // A redirection, and the wish for a longer interval (423), are no refusals.
  if (code < 400 || code === 423) return REQUEST
  if ((code >= 500 && code < 600) || TROUBLE.has(code)) return REGISTER_TROUBLE
  if (code === 403) return hasCredentials === false ? NO_ENTRY : REGISTER_FORBIDDEN
  if (code === 404 || code === 604) return hasCredentials ? REGISTER_UNKNOWN : UNKNOWN_ENDPOINT
  return REGISTER_REFUSED
}
