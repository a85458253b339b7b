import { SipguardError } from '../errors.ts'

/**
 * RECORDS_UNAVAILABLE for what a database, its driver or the network threw, in its own words.
 * Mistakes of the program (a TypeError and its like) and errors of ours as they are.
 */
export function unavailable(where: string, error: unknown): unknown {
  const isOther =
    error instanceof SipguardError || error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError
  if (isOther || !(error instanceof Error)) return error
  return new SipguardError('RECORDS_UNAVAILABLE', `cannot use the records in ${where}: ${wordsOf(error)}`, { cause: error })
}

/** A host with several addresses fails once for each of them, under an error without words. */
function wordsOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error && first.message !== '' ? first.message : error.name
}

/** A PostgreSQL for people: without user and password. @throws SipguardError RECORDS_UNAVAILABLE, which does not repeat the URL */
export function nameOfPostgres(url: string): string {
  try {
    // A user without a host: behind a socket, which only the driver understands.
    const { host, pathname, searchParams } = new URL(url.replace('@/', '@localhost/'))
    return `PostgreSQL at ${searchParams.get('host') ?? (host || 'localhost')}${pathname}`
  } catch {
    // Without the cause: it carries the URL, which may hold a password.
    throw new SipguardError('RECORDS_UNAVAILABLE', 'the URL of the records is not one (not shown: it may hold a password)')
  }
}
