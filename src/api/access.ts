import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { canonicalAddress } from '../address.ts'
import type { Role } from '../kept.ts'
import { failure } from './failure.ts'
import type { Session, Sessions } from './sessions.ts'
import { type KnownToken, sha256, type Tokens } from './tokens.ts'

/** Who asks. */
export interface Caller {
  /** A token's name, or `socket`. */
  readonly name: string
  readonly role: Role
  /** Of a browser that has logged in. */
  readonly session: Session | null
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on the routes that are open, where nobody has to say who he is. */
    caller: Caller | null
    /** A remote address, canonical, or `unix`. */
    from: string
  }
}

/** Who may use a route: anybody; who has a token; who has one of an admin; nobody but those who may use the unix socket. */
export type Access = 'open' | 'reader' | 'admin' | 'socket'

/** All that is not what its method says: readers ask (GET, HEAD), admins change. */
const EXCEPTIONS: Readonly<Record<string, Access>> = {
  'GET /': 'open',
  'GET /assets/*': 'open',
  'POST /api/login': 'open',
  'POST /api/logout': 'reader',
  'POST /api/try': 'reader',
  'GET /api/tokens': 'socket',
  'POST /api/tokens': 'socket',
  'DELETE /api/tokens/:name': 'socket',
}

/** `path` as it is declared: `/api/bans/:target`. */
export function accessTo(method: string, path: string): Access {
  return EXCEPTIONS[`${method === 'HEAD' ? 'GET' : method} ${path}`] ?? (isReading(method) ? 'reader' : 'admin')
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD'

/** `Host` (RFC 9110 7.2): a name, an IPv4 address, or an IPv6 address in brackets; any port, for a tunnel may end on another. */
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?$/i
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/
const BEARER = /^Bearer +(\S+)$/i

const SOCKET: Caller = { name: 'socket', role: 'admin', session: null }

/** Over the unix socket: whoever may write to it administers the daemon. A Fastify onRequest hook. */
export async function admitSocket(request: FastifyRequest): Promise<void> {
  request.caller = SOCKET
}

export interface TcpAccess {
  readonly tokens: Tokens
  readonly sessions: Sessions
  /** Names and addresses, canonical, that are ours besides loopback. */
  readonly hosts: readonly string[]
}

/**
 * What every request over TCP must show, as a Fastify onRequest hook: a Host that is ours, so that no page elsewhere reaches us under a name
 * of its own that it points here (DNS rebinding); then a token, or the cookie of a session and, to change anything, what only our own page
 * knows; then the role that the route asks for.
 */
export function admitTcp({ tokens, sessions, hosts }: TcpAccess) {
  const isOurs = (header: string | undefined): boolean => {
    const [, ipv6, name] = HOST.exec(header?.toLowerCase() ?? '') ?? []
    const host = ipv6 ?? name
    return host !== undefined && (LOOPBACK.test(host) || hosts.includes(canonicalAddress(host) ?? host))
  }

  function callerOf({ headers }: FastifyRequest): Caller | null {
    if (headers.authorization !== undefined) {
      const bearer = BEARER.exec(headers.authorization)?.[1]
      const token = bearer === undefined ? null : tokens.find(bearer)
      return token && callerWith(token)
    }
    const session = sessions.find(headers.cookie)
    return session && callerWith(session.token, session)
  }

  return async (request: FastifyRequest, reply: FastifyReply) => {
    request.from = canonicalAddress(request.socket.remoteAddress ?? '') ?? 'unknown'
    const refuse = (status: number, code: string, message: string) => reply.code(status).send(failure(code, message))
    if (!isOurs(request.headers.host)) {
      return refuse(421, 'HOST_REFUSED', 'expected a loopback address, localhost or a name of http.hosts as the Host')
    }
    const access = accessTo(request.method, request.routeOptions.url ?? '')
    if (access === 'open') return
    const caller = callerOf(request)
    if (caller === null) {
      reply.header('WWW-Authenticate', 'Bearer')
      return refuse(401, 'UNAUTHORIZED', 'expected a token that is known (Authorization: Bearer TOKEN), or to be logged in')
    }
    if (caller.session !== null && !isReading(request.method) && !carries(request, caller.session.csrf)) {
      return refuse(403, 'CSRF_REFUSED', 'expected the csrf of the session as X-CSRF-Token')
    }
    if (access === 'socket') return refuse(403, 'FORBIDDEN', 'this is for the unix socket only')
    if (access === 'admin' && caller.role !== 'admin') return refuse(403, 'FORBIDDEN', `${caller.name} may read, not change anything`)
    request.caller = caller
  }
}

export const callerWith = ({ name, role }: KnownToken, session: Session | null = null): Caller => ({ name, role, session })

function carries({ headers }: FastifyRequest, csrf: string): boolean {
  const given = headers['x-csrf-token']
  return typeof given === 'string' && timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(csrf)))
}
