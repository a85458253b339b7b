import { session } from './session.ts'
import type { SessionJson } from './wire.ts'

/** The API said no. `message` is the server's own sentence, meant for people. */
export class ApiError extends Error {
  /** HTTP status; 0: nobody answered. */
  readonly status: number
  /** One of docs/errors.md. */
  readonly code: string
  /** Seconds to wait before another try; null: the server did not say. */
  readonly retryAfter: number | null
  constructor(status: number, code: string, message: string, retryAfter: number | null = null) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.retryAfter = retryAfter
  }
}

export interface Answer<T> {
  readonly data: T
  readonly headers: Headers
}

type Method = 'GET' | 'POST' | 'DELETE'

/**
 * One request to the daemon that served this page. `path` is relative (`api/bans`), for a proxy may put us below a path of its own.
 * @throws ApiError also where nobody answers. A 401 ends the session: the login comes back.
 */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer<T>> {
  const who = session.get()
  const csrf = typeof who === 'object' ? who.csrf : null
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(method !== 'GET' && csrf !== null && { 'X-CSRF-Token': csrf }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, 'DAEMON_NOT_RUNNING', 'sipguard does not answer. Is the daemon running, and the tunnel to it open?')
  }
  const text = await response.text()
  if (!response.ok) {
    if (response.status === 401) session.set('none')
    throw refusal(response, text)
  }
  return { data: (text === '' ? null : JSON.parse(text)) as T, headers: response.headers }
}

export const get = async <T>(path: string, signal?: AbortSignal): Promise<T> => (await request<T>('GET', path, undefined, signal)).data
export const post = async <T>(path: string, body: unknown): Promise<T> => (await request<T>('POST', path, body)).data
export const del = async <T>(path: string): Promise<T> => (await request<T>('DELETE', path)).data

/** `api/bans?ip=192.0.2.7`; what is undefined, null or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | boolean | null | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

/** Whoever has a session already, by his cookie or by the unix socket. */
export async function resume(): Promise<void> {
  try {
    session.set(await get<SessionJson>('api/session'))
  } catch (error) {
    // 401: log in. Where nobody answers the login says so when it is tried.
    session.set('none')
    if (!(error instanceof ApiError)) throw error
  }
}

export async function login(token: string): Promise<void> {
  session.set(await post<SessionJson>('api/login', { token }))
}

export async function logout(): Promise<void> {
  try {
    await post('api/logout', {})
  } finally {
    session.set('none')
  }
}

function refusal(response: Response, text: string): ApiError {
  const wait = Number(response.headers.get('Retry-After'))
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string } }
    return new ApiError(response.status, error.code, error.message, retryAfter)
  } catch {
    return new ApiError(response.status, 'INTERNAL', `the answer was ${response.status} ${response.statusText}`.trim(), retryAfter)
  }
}
