import { randomBytes } from 'node:crypto'
import { type KnownToken, sha256, type Tokens } from './tokens.ts'

/** Without a request for so long, and at the latest after so long, a browser must log in again. */
const IDLE_MS = 12 * 36e5
const LONGEST_MS = 7 * 864e5
/** Of more the oldest ends. */
const MOST_SESSIONS = 1000
const NAME = 'sipguard_session'
const COOKIE = new RegExp(`(?:^|; ?)${NAME}=([A-Za-z0-9_-]{43})(?:;|$)`)

export interface Session {
  /** As it is now: where it is removed, its sessions end. */
  readonly token: KnownToken
  /** What a page of ours knows and a page elsewhere, which can make a browser send the cookie, does not. */
  readonly csrf: string
}

interface Entry {
  readonly tokenHash: string
  readonly csrf: string
  readonly openedMs: number
  usedMs: number
}

/** Browsers that have logged in, in memory: after a restart they log in again. `secure`: their cookie must travel over TLS only. */
export function createSessions(tokens: Pick<Tokens, 'ofHash'>, { secure, now }: { readonly secure: boolean; readonly now: () => number }) {
  /** By the hash of the cookie, so that the time a look-up takes says nothing about it. Oldest first. */
  const sessions = new Map<string, Entry>()
  const attributes = `HttpOnly; SameSite=Strict; Path=/${secure ? '; Secure' : ''}`
  const secret = () => randomBytes(32).toString('base64url')
  const keyOf = (header: string | undefined): string | null => {
    const cookie = COOKIE.exec(header ?? '')?.[1]
    return cookie === undefined ? null : sha256(cookie)
  }
  const isOver = ({ openedMs, usedMs }: Entry) => now() - usedMs >= IDLE_MS || now() - openedMs >= LONGEST_MS

  return {
    /** Begins a session; `setCookie` is the header that tells the browser. */
    open(token: KnownToken): { readonly session: Session; readonly setCookie: string } {
      for (const [key, entry] of sessions) if (isOver(entry) || sessions.size >= MOST_SESSIONS) sessions.delete(key)
      const [cookie, csrf] = [secret(), secret()]
      sessions.set(sha256(cookie), { tokenHash: token.hash, csrf, openedMs: now(), usedMs: now() })
      return { session: { token, csrf }, setCookie: `${NAME}=${cookie}; ${attributes}; Max-Age=${LONGEST_MS / 1000}` }
    },
    /** Of a `Cookie` header; null where it carries none that is open. */
    find(header: string | undefined): Session | null {
      const key = keyOf(header)
      const entry = key === null ? undefined : sessions.get(key)
      if (key === null || entry === undefined) return null
      const token = isOver(entry) ? null : tokens.ofHash(entry.tokenHash)
      if (token === null) {
        sessions.delete(key)
        return null
      }
      entry.usedMs = now()
      return { token, csrf: entry.csrf }
    },
    /** Ends it; the header that has the browser forget the cookie. */
    end(header: string | undefined): string {
      const key = keyOf(header)
      if (key !== null) sessions.delete(key)
      return `${NAME}=; ${attributes}; Max-Age=0`
    },
  }
}
export type Sessions = ReturnType<typeof createSessions>
