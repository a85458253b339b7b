import type { Socket } from 'node:net'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { toJsonLine } from '../escape.ts'
import { packageRoot } from '../packaged.ts'
import { admitSocket, admitTcp } from './access.ts'
import { auditBy } from './audit.ts'
import type { Control } from './control.ts'
import { errorHandler, failure, notFoundHandler } from './failure.ts'
import { setHeaders } from './headers.ts'
import { createLoginLimit } from './login-limit.ts'
import type { Metrics } from './metrics.ts'
import type { Route } from './openapi.ts'
import { activityRoutes } from './routes/activity.ts'
import { allowRoutes } from './routes/allow.ts'
import { auditRoutes } from './routes/audit.ts'
import { bansRoutes } from './routes/bans.ts'
import { consoleRoutes } from './routes/console.ts'
import { feedRoutes } from './routes/feed.ts'
import { fleetRoutes } from './routes/fleet.ts'
import { openapiRoutes } from './routes/openapi.ts'
import { phonesRoutes } from './routes/phones.ts'
import { recordsRoutes } from './routes/records.ts'
import { rulesRoutes } from './routes/rules.ts'
import { sessionRoutes } from './routes/session.ts'
import { statusRoutes } from './routes/status.ts'
import { tokensRoutes } from './routes/tokens.ts'
import { tryRoutes } from './routes/try.ts'
import { whyRoutes } from './routes/why.ts'
import { type App, zodValidator } from './schema.ts'
import { createSessions } from './sessions.ts'

/** Bytes. No request of ours comes near it. */
const BODY_LIMIT = 64 * 1024
/** A client that has not sent its whole request by then is cut off, within another half of it. */
const REQUEST_TIMEOUT_MS = 10_000
/** Characters of one part of a path: a user and his domain. */
const LONGEST_PARAM = 1200
/** Where the build puts the console: the same from src/ and from dist/. */
const CONSOLE = join(packageRoot, 'dist/console')

/** How the API is reached over TCP. */
export interface TcpDoor {
  /** Names and addresses, canonical, that are ours besides loopback. */
  readonly hosts: readonly string[]
  /** Over TLS. */
  readonly secure: boolean
}

export interface AppOptions {
  /** Called with whatever was thrown that is not a SipguardError: a bug, to be logged. The client sees only that there was one. */
  readonly onFault: (error: unknown) => void
  /** Null: served on the unix socket, where whoever connects is an admin. Default: null. */
  readonly tcp?: TcpDoor | null
  /** Default: 10 s. */
  readonly requestTimeoutMs?: number
  /** The console's files. Default: those of the build. */
  readonly consoleDir?: string
  readonly now?: () => number
}

/**
 * The HTTP API (DESIGN.md section 9) over a running daemon. It listens nowhere: see server.ts; `app.inject` works at once.
 * Every answer but /metrics, /api/feed and the console's files is JSON, with what could steer a terminal escaped.
 */
export function createApp(control: Control, metrics: Metrics, options: AppOptions): FastifyInstance {
  const { onFault, tcp = null, requestTimeoutMs = REQUEST_TIMEOUT_MS, consoleDir = CONSOLE, now = Date.now } = options
  const handleError = errorHandler(onFault)
  const sessions = createSessions(control.tokens, { secure: tcp?.secure === true, now })
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestTimeoutMs,
    // Where the time for headers is longer than the time for all (Node's is a minute), Node takes each for the other.
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: requestTimeoutMs / 2 },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAM },
    frameworkErrors(error, request, reply) {
      setHeaders(reply.raw)
      return handleError(error, request, reply)
    },
    clientErrorHandler: refuseGarbage,
  })
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(notFoundHandler)
  app.setValidatorCompiler(zodValidator)
  app.setSerializerCompiler(() => toJsonLine)
  app.setReplySerializer(toJsonLine)
  app.decorateRequest('caller', null)
  app.decorateRequest('from', 'unix')
  app.addHook('onRequest', async (_request, reply) => setHeaders(reply.raw))
  app.addHook('onRequest', tcp === null ? admitSocket : admitTcp({ tokens: control.tokens, sessions, hosts: tcp.hosts }))
  app.addHook('onSend', auditBy(control.audit))
  app.removeContentTypeParser('text/plain')
  const routes: Route[] = []
  app.addHook('onRoute', (route) => void routes.push(route))

  const typed: App = app.withTypeProvider()
  consoleRoutes(typed, consoleDir)
  sessionRoutes(typed, control, sessions, createLoginLimit(now))
  tokensRoutes(typed, control)
  auditRoutes(typed, control)
  openapiRoutes(typed, routes, control)
  statusRoutes(typed, control, metrics)
  bansRoutes(typed, control)
  allowRoutes(typed, control)
  fleetRoutes(typed, control)
  phonesRoutes(typed, control)
  recordsRoutes(typed, control)
  feedRoutes(typed, control, sessions, metrics)
  activityRoutes(typed, control)
  rulesRoutes(typed, control)
  whyRoutes(typed, control)
  tryRoutes(typed, control)
  return app
}

/** What is not HTTP at all never reaches a route. */
function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const body = toJsonLine(failure('USAGE', isLate ? 'expected the whole request at once' : 'expected a HTTP/1.1 request'))
  socket.end(
    `HTTP/1.1 ${isLate ? '408 Request Timeout' : '400 Bad Request'}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}
