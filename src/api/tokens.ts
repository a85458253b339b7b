import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { SipguardError } from '../errors.ts'

/** Whoever has one administers the daemon over HTTP. */
export interface Tokens {
  /** Whether this `Authorization` header (RFC 6750 2.1) carries one of them; takes as long whichever it is. */
  accepts(header: string | undefined): boolean
}

/** b64token of RFC 6750 2.1, long enough not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{20,512}=*$/
const BEARER = /^Bearer +(\S+)$/i
/** Group may read, nobody else may do anything but the owner. */
const FORBIDDEN_MODE = 0o027

/**
 * The tokens of a file, one a line; empty lines and those that begin with # are none. Null: there are none.
 * @throws SipguardError CONFIG_UNREADABLE, CONFIG_INVALID also where others may read or write the file; no message repeats a token
 */
export function readTokens(path: string | null): Tokens {
  const hashes = path === null ? [] : tokensOf(path).map(hash)
  return {
    accepts(header) {
      const given = hash(BEARER.exec(header ?? '')?.[1] ?? '')
      return hashes.reduce((found, known) => timingSafeEqual(known, given) || found, false)
    },
  }
}

const hash = (token: string): Buffer => createHash('sha256').update(token).digest()

function tokensOf(path: string): string[] {
  const text = contentsOf(path)
  const lines = text.split('\n').map((line, i) => ({ line: line.trim(), place: `${path}:${i + 1}:1` }))
  const tokens = lines.filter(({ line }) => line !== '' && !line.startsWith('#'))
  const faults = tokens.filter(({ line }) => !TOKEN.test(line)).map(({ place }) => `${place}: expected a token: 20 to 512 ${ALPHABET}`)
  if (tokens.length === 0) faults.push(`${path}:1:1: expected at least one token, one a line, got none`)
  if (faults.length > 0) throw new SipguardError('CONFIG_INVALID', faults.join('\n'))
  return tokens.map(({ line }) => line)
}

const ALPHABET = 'letters, digits, and . _ ~ + / -'

function contentsOf(path: string): string {
  try {
    const mode = statSync(path).mode & 0o777
    if ((mode & FORBIDDEN_MODE) !== 0) {
      const found = mode.toString(8).padStart(4, '0')
      throw new SipguardError('CONFIG_INVALID', `${path}:1:1: others may read or write the tokens (mode ${found}): chmod 0600 it`)
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof SipguardError) throw error
    throw new SipguardError('CONFIG_UNREADABLE', `cannot read the tokens: ${(error as Error).message}`, { cause: error })
  }
}
