import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { SipguardError } from '../errors.ts'
import { ROLES, type Role, type TokenEntry } from '../kept.ts'
import type { State } from '../state/state.ts'

/** A token that is known, by what is kept of it. */
export interface KnownToken {
  /** `laptop`; of the file `tokenfile:NAME`, or `tokenfile:LINE` where none is given. */
  readonly name: string
  readonly role: Role
  /** SHA-256, lower-case hex. */
  readonly hash: string
  /** Null: it stands in the file. */
  readonly addedMs: number | null
}

/** Who may use the API over TCP. */
export interface Tokens {
  /** Takes as long whichever it is. */
  find(token: string): KnownToken | null
  /** What is known now under the hash of a token that was found before. */
  ofHash(hash: string): KnownToken | null
  /** By name. */
  list(): KnownToken[]
  /** Makes a token; what is returned is kept nowhere. @throws SipguardError DAEMON_REFUSED where there is one of this name */
  add(name: string, role: Role): Promise<string>
  /** It is refused from now on. Whether there was one. @throws SipguardError DAEMON_REFUSED for one of the file */
  remove(name: string): Promise<boolean>
}

export interface TokensOptions {
  readonly state: Pick<State, 'addToken' | 'removeToken'>
  /** As last stored. */
  readonly entries: readonly TokenEntry[]
  /** `http.tokenfile`; null: there is none. */
  readonly file: string | null
  readonly now?: () => number
}

/** Of a token that we make; as many as its SHA-256 has. */
const TOKEN_BYTES = 32
/** b64token of RFC 6750 2.1, long enough not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{20,512}=*$/
const HASH = /^sha256:([0-9a-f]{64})$/
/** Without what could be taken for another way in: `tokenfile:…`, `socket`. */
export const TOKEN_NAME = /^(?!socket$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const OF_FILE = 'tokenfile:'
/** Group may read, nobody else may do anything but the owner. */
const FORBIDDEN_MODE = 0o027

/**
 * The tokens of the file and those that were made by `sipguard token add`. Of the latter only the SHA-256 is kept. A plain, fast hash is
 * right for them: they are 256 random bits, which no dictionary holds and nobody tries through, so that a slow or a salted hash, which
 * protects what people think up, would only cost time at every request.
 * @throws SipguardError CONFIG_UNREADABLE, CONFIG_INVALID also where others may read or write the file; no message repeats a token
 */
export function createTokens({ state, entries, file, now = Date.now }: TokensOptions): Tokens {
  const known = new Map<string, KnownToken>(entries.map((entry) => [entry.name, entry]))
  if (file !== null) for (const token of tokensOf(file)) known.set(token.name, token)

  function ofHash(hash: string): KnownToken | null {
    const given = Buffer.from(hash, 'hex')
    let found: KnownToken | null = null
    for (const token of known.values()) if (timingSafeEqual(Buffer.from(token.hash, 'hex'), given)) found = token
    return found
  }

  return {
    ofHash,
    find: (token) => ofHash(sha256(token)),
    list: () => [...known.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    async add(name, role) {
      if (known.has(name)) throw new SipguardError('DAEMON_REFUSED', `there is a token '${name}' already: remove it first`)
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      const entry = { name, role, hash: sha256(token), addedMs: now() }
      // Nobody knows it yet; and nobody else takes the name meanwhile.
      known.set(name, entry)
      try {
        await state.addToken(entry)
      } catch (error) {
        known.delete(name)
        throw error
      }
      return token
    },
    async remove(name) {
      if (name.startsWith(OF_FILE))
        throw new SipguardError('DAEMON_REFUSED', `${name} stands in the file of http.tokenfile: take it out there`)
      known.delete(name)
      return state.removeToken(name)
    },
  }
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** `TOKEN [admin|reader [NAME]]` a line; `sha256:HEX` may stand for the token. Empty lines and those that begin with # are none. */
function tokensOf(path: string): KnownToken[] {
  const tokens: KnownToken[] = []
  const faults: string[] = []
  for (const [i, line] of contentsOf(path).split('\n').entries()) {
    const [secret, role = 'admin', label = String(i + 1), ...more] = line.trim().split(/\s+/)
    if (!secret || secret.startsWith('#')) continue
    const name = `${OF_FILE}${label}`
    const hash = HASH.exec(secret)?.[1] ?? (TOKEN.test(secret) ? sha256(secret) : null)
    const refuse = (expected: string) => faults.push(`${path}:${i + 1}:1: expected ${expected}`)
    if (hash === null) refuse('a token: 20 to 512 letters, digits, and . _ ~ + / -')
    else if (!ROLES.some((one) => one === role)) refuse('admin or reader behind the token')
    else if (!TOKEN_NAME.test(label) || more.length > 0) refuse('one name behind the role: letters, digits, and . _ -')
    else if (tokens.some((one) => one.name === name)) refuse('a name of its own for each token')
    else tokens.push({ name, role: role as Role, hash, addedMs: null })
  }
  if (tokens.length === 0 && faults.length === 0) faults.push(`${path}:1:1: expected at least one token, one a line, got none`)
  if (faults.length > 0) throw new SipguardError('CONFIG_INVALID', faults.join('\n'))
  return tokens
}

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
