import type { FastifyReply, FastifyRequest } from 'fastify'
import { failure } from './failure.ts'
import type { Tokens } from './tokens.ts'

/** A loopback host as browsers send it, on any port, for a tunnel may end on another. */
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i

/**
 * What every request over TCP must show, as a Fastify onRequest hook: a loopback name as its Host, so that no page elsewhere reaches us under
 * a name of its own that it points at 127.0.0.1 (DNS rebinding), and a token.
 */
export function accessBy(tokens: Tokens) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
      return reply.code(421).send(failure('HOST_REFUSED', 'expected a loopback address or localhost as the Host'))
    }
    if (tokens.accepts(request.headers.authorization)) return
    return reply
      .code(401)
      .header('WWW-Authenticate', 'Bearer')
      .send(failure('UNAUTHORIZED', 'expected a token of http.tokenfile: Authorization: Bearer TOKEN'))
  }
}
