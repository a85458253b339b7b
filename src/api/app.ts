import type { Socket } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { toJsonLine } from '../escape.ts'
import type { Control } from './control.ts'
import { errorHandler, failure, notFoundHandler } from './failure.ts'
import type { Metrics } from './metrics.ts'
import { allowRoutes } from './routes/allow.ts'
import { bansRoutes } from './routes/bans.ts'
import { fleetRoutes } from './routes/fleet.ts'
import { phonesRoutes } from './routes/phones.ts'
import { recordsRoutes } from './routes/records.ts'
import { statusRoutes } from './routes/status.ts'
import { type App, zodValidator } from './schema.ts'

/** Bytes. No request of ours comes near it. */
const BODY_LIMIT = 64 * 1024
/** A client over TCP that has not sent its whole request by then is cut off; those of the unix socket administer us. */
const REQUEST_TIMEOUT_MS = 10_000
/** Characters of one part of a path: a user and his domain. */
const LONGEST_PARAM = 1200

export interface AppOptions {
  /** Called with whatever was thrown that is not a SipguardError: a bug, to be logged. The client sees only that there was one. */
  readonly onFault: (error: unknown) => void
}

/**
 * The HTTP API (DESIGN.md section 9) over a running daemon. It listens nowhere yet: see server.ts; `app.inject` works at once.
 * Every answer but /metrics is JSON, with what could steer a terminal escaped.
 */
export function createApp(control: Control, metrics: Metrics, options: AppOptions): FastifyInstance {
  const handleError = errorHandler(options.onFault)
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAM },
    frameworkErrors: handleError,
    clientErrorHandler: refuseGarbage,
  })
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(notFoundHandler)
  app.setValidatorCompiler(zodValidator)
  app.setReplySerializer(toJsonLine)
  // What attackers wrote is in the answers: no browser may take one for a page.
  app.addHook('onSend', async (_request, reply) => void reply.header('X-Content-Type-Options', 'nosniff'))
  app.removeContentTypeParser('text/plain')

  const typed: App = app.withTypeProvider()
  statusRoutes(typed, control, metrics)
  bansRoutes(typed, control)
  allowRoutes(typed, control)
  fleetRoutes(typed, control)
  phonesRoutes(typed, control)
  recordsRoutes(typed, control)
  return app
}

/** What is not HTTP at all never reaches a route. */
function refuseGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const body = toJsonLine(failure('USAGE', 'expected a HTTP/1.1 request'))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  )
}
