import { z } from 'zod'
import { addressArgument, cidrArgument, durationArgument } from '../arguments.ts'
import type { Control } from '../control.ts'
import { failure } from '../failure.ts'
import { findAllowed } from '../lookup.ts'
import { type App, duration, shortText } from '../schema.ts'
import { allowCheckJson, allowJson } from '../wire.ts'

const newEntry = z.strictObject({ cidr: shortText, for: duration.optional(), comment: z.string().max(200).optional() })

export function allowRoutes(app: App, control: Control): void {
  app.get('/api/allow', (_request, reply) => reply.send(control.allowList().map(allowJson)))

  /** 201 and the entry; without `for` it stays for ever. */
  app.post('/api/allow', { schema: { body: newEntry } }, async (request, reply) => {
    const { cidr, for: length, comment } = request.body
    const forMs = length === undefined ? null : durationArgument(length)
    return reply.code(201).send(allowJson(await control.allow(cidrArgument(cidr), { forMs, comment: comment ?? null })))
  })

  app.delete('/api/allow/:cidr', { schema: { params: z.object({ cidr: shortText }) } }, async (request, reply) => {
    const cidr = cidrArgument(request.params.cidr)
    if (await control.disallow(cidr)) return reply.send({ removed: cidr })
    return reply.code(404).send(failure('NOT_FOUND', `${cidr} is not in the allow list`))
  })

  app.get('/api/allow/check/:ip', { schema: { params: z.object({ ip: shortText }) } }, (request, reply) => {
    const ip = addressArgument(request.params.ip)
    return reply.send(allowCheckJson(ip, findAllowed(control.allowList(), ip, Date.now())))
  })
}
