import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { SipguardError } from '../errors.ts'

/** Every error answer is `{"error":{"code","message"}}`; `code` is one of src/errors.ts, NOT_FOUND or INTERNAL. Never a stack trace. */
export function failure(code: string, message: string) {
  return { error: { code, message } }
}

export const failureAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
  details: z.string().optional(),
})

/** An error of ours says what is wrong in its own words; Fastify's 4xx are the client's; anything else is a bug and goes to `onFault`. */
export function errorHandler(onFault: (error: unknown) => void) {
  return (error: FastifyError | SipguardError, _request: FastifyRequest, reply: FastifyReply) => {
    if (error instanceof SipguardError) return reply.code(statusOf(error)).send(failure(error.code, error.message))
    const status = error.statusCode ?? 500
    if (status >= 400 && status < 500) return reply.code(status).send(failure('USAGE', error.message))
    onFault(error)
    return reply.code(500).send(failure('INTERNAL', 'the daemon failed to answer; its log says why'))
  }
}

export function notFoundHandler(_request: FastifyRequest, reply: FastifyReply) {
  return reply.code(404).send(failure('NOT_FOUND', 'there is nothing at this path for this method'))
}

function statusOf(error: SipguardError): number {
  if (error.exitStatus === 2) return 400
  if (error.code === 'FLEET_NONE') return 404
  return error.code === 'DAEMON_REFUSED' ? 409 : 503
}
