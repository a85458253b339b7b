import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { setHeaders } from '../../src/api/headers.ts'
import { ACTIVITY, ALLOWED, AUDIT, BANS, STATUS } from './answers.ts'

/** A daemon's HTTP as the console sees it: the built page under its policy, the session, the feed; answers are given by each test. */

export interface Call {
  readonly method: string
  /** Without the query, decoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
}

/** What a route answers: data (200), a Reply, or one of them for each call. */
export type Answers = Readonly<Record<string, unknown>>

export class Reply {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, body: unknown = null, headers: Readonly<Record<string, string>> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export const refusal = (status: number, code: string, message: string) => new Reply(status, { error: { code, message } })

export const ADMIN = 'admin-token'
export const READER = 'reader-token'

const TYPES: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' },
}

/** What is answered unless a test says otherwise. */
export const DEFAULTS: Answers = {
  'GET /api/status': STATUS,
  'GET /api/activity': ACTIVITY,
  'GET /api/bans': BANS,
  'GET /api/allow': ALLOWED,
  'GET /api/audit': AUDIT,
  'GET /api/filters': [],
}

export type FakeServer = Awaited<ReturnType<typeof startFakeServer>>

export async function startFakeServer(dist: string, given: Answers = {}) {
  const answers: Record<string, unknown> = { ...DEFAULTS, ...given }
  const calls: Call[] = []
  const feeds = new Set<ServerResponse>()
  const resumed: (string | null)[] = []
  let role: 'admin' | 'reader' = 'admin'
  let seq = 0

  function sessionJson() {
    return { name: 'laptop', role, csrf: 'csrf-1' }
  }

  /** What every call must show, as the contract has it; null: go on. */
  function refused(request: IncomingMessage, path: string): Reply | null {
    const { method = 'GET' } = request
    if (!request.headers.cookie?.includes('sipguard_session=1')) return refusal(401, 'UNAUTHORIZED', 'expected a token or a session')
    if (method === 'GET') return null
    if (request.headers['x-csrf-token'] !== 'csrf-1') return refusal(403, 'CSRF_REFUSED', 'expected X-CSRF-Token')
    const reads = path === '/api/try' || path === '/api/logout'
    return role === 'reader' && !reads ? refusal(403, 'FORBIDDEN', 'this token may only read') : null
  }

  function login(body: unknown): Reply {
    const { token } = body as { token: string }
    if (token !== ADMIN && token !== READER) return refusal(401, 'UNAUTHORIZED', 'this token is not known')
    role = token === READER ? 'reader' : 'admin'
    return new Reply(200, sessionJson(), { 'Set-Cookie': 'sipguard_session=1; HttpOnly; SameSite=Strict; Path=/' })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const path = decodeURIComponent(pathname)
    if (!path.startsWith('/api/')) return file(path, response)
    const method = request.method ?? 'GET'
    const text = (await request.toArray()).join('')
    const body = text === '' ? null : JSON.parse(text)
    if (`${method} ${path}` === 'POST /api/login') return send(response, login(body))
    const no = refused(request, path)
    if (no) return send(response, no)
    if (path === '/api/feed') return feed(request, response)
    if (path === '/api/session') return send(response, sessionJson())
    if (path === '/api/logout') return send(response, new Reply(204, null, { 'Set-Cookie': 'sipguard_session=; Max-Age=0; Path=/' }))
    const call: Call = { method, path, query: searchParams, body }
    calls.push(call)
    const found = answers[`${method} ${path}`] ?? refusal(404, 'NOT_FOUND', `${method} ${path} is not here`)
    send(response, typeof found === 'function' ? found(call) : found)
  }

  function file(path: string, response: ServerResponse): void {
    const name = path === '/' ? '/index.html' : path
    try {
      const bytes = readFileSync(join(dist, name))
      setHeaders(response)
      response.writeHead(200, { 'Content-Type': TYPES[extname(name)] })
      response.end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  }

  function feed(request: IncomingMessage, response: ServerResponse): void {
    resumed.push(request.headers['last-event-id']?.toString() ?? null)
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('retry: 50\n\n')
    feeds.add(response)
    response.on('close', () => feeds.delete(response))
  }

  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** May be changed while the page is open. */
    answers,
    /** What was asked for, in order; without session, login and feed. */
    calls,
    /** Those that change something. */
    changes: (): Call[] => calls.filter(({ method }) => method !== 'GET'),
    /** For each time the feed was asked for: behind which number; null: from now on. */
    resumed,
    listeners: (): number => feeds.size,
    /** To all who follow the feed. */
    send(type: string, data: unknown): void {
      seq++
      for (const response of feeds) response.write(`id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    },
    hangUp(): void {
      for (const response of feeds) response.end()
    },
    close(): void {
      server.closeAllConnections()
      server.close()
    },
  }
}

function send(response: ServerResponse, what: unknown): void {
  const { status, body, headers } = what instanceof Reply ? what : new Reply(200, what)
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(status === 204 ? '' : JSON.stringify(body))
}
