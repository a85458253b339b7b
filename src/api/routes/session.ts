import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { type Caller, callerWith } from '../access.ts'
import { sessionAnswer, sessionJson } from '../access-wire.ts'
import type { Control } from '../control.ts'
import { failure, failureAnswer } from '../failure.ts'
import type { LoginLimit } from '../login-limit.ts'
import type { App } from '../schema.ts'
import type { Sessions } from '../sessions.ts'

/** As long as a token can be. */
const credentials = z.strictObject({ token: z.string().min(1).max(600) })

export function sessionRoutes(app: App, { tokens }: Control, sessions: Sessions, limit: LoginLimit): void {
  /** Of a request that has passed admission. */
  const answer = (reply: FastifyReply, caller: Caller | null) => reply.send(sessionJson(caller!))

  /** Trying many tokens gets slow, for one address and for all together; each try costs us the same. */
  app.post(
    '/api/login',
    {
      schema: { body: credentials, response: { 200: sessionAnswer, 401: failureAnswer, 429: failureAnswer } },
      config: {
        refusals: true,
        audit(_request, { statusCode }) {
          if (statusCode === 200) return { action: 'login', target: null, detail: null }
          const refused = limit.refused()
          return refused === null ? null : { action: 'login-refused', target: null, detail: refused > 1 ? `${refused} tries` : null }
        },
      },
    },
    (request, reply) => {
      const wait = limit.waitSeconds(request.from)
      if (wait > 0) {
        reply.code(429).header('Retry-After', wait)
        return reply.send(failure('TOO_MANY_LOGINS', `too many wrong tokens were tried: try again in ${wait} seconds`))
      }
      const token = tokens.find(request.body.token)
      if (token === null) {
        limit.wrong(request.from)
        return reply.code(401).send(failure('UNAUTHORIZED', 'this token is not known'))
      }
      const { session, setCookie } = sessions.open(token)
      request.caller = callerWith(token, session)
      return answer(reply.header('Set-Cookie', setCookie), request.caller)
    },
  )

  app.get('/api/session', { schema: { response: { 200: sessionAnswer } } }, ({ caller }, reply) => answer(reply, caller))

  const logout = { audit: () => ({ action: 'logout', target: null, detail: null }) }
  app.post('/api/logout', { schema: { response: { 204: z.void() } }, config: logout }, (request, reply) =>
    reply.header('Set-Cookie', sessions.end(request.headers.cookie)).code(204).send(),
  )
}
