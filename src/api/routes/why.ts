import { z } from 'zod'
import { cidrArgument } from '../arguments.ts'
import type { Control } from '../control.ts'
import { type App, shortText } from '../schema.ts'
import { bundleAnswer, whyAnswer, whyNotAnswer } from '../why-wire.ts'

const params = z.object({ ip: shortText })

export function whyRoutes(app: App, control: Control): void {
  /** Of an address, or of a /64 that is banned whole. */
  app.get('/api/why/:ip', { schema: { params, response: { 200: whyAnswer } } }, async (request, reply) =>
    reply.send(await control.why(cidrArgument(request.params.ip))),
  )

  app.get('/api/why/:ip/bundle', { schema: { params, response: { 200: bundleAnswer } } }, async (request, reply) =>
    reply.send(await control.bundle(cidrArgument(request.params.ip))),
  )

  app.get('/api/why-not/:ip', { schema: { params, response: { 200: whyNotAnswer } } }, async (request, reply) =>
    reply.send(await control.whyNot(cidrArgument(request.params.ip))),
  )
}
