import { z } from 'zod'
import { addressArgument, cidrArgument, durationArgument } from '../arguments.ts'
import { audited, spanOf } from '../audit.ts'
import type { AllowOptions, Control } from '../control.ts'
import { failure, failureAnswer } from '../failure.ts'
import { findAllowed } from '../lookup.ts'
import { type App, comment, duration, removedAnswer, shortText } from '../schema.ts'
import { allowAnswer, allowCheckAnswer, allowCheckJson, allowJson } from '../wire.ts'

const newEntry = z.strictObject({ cidr: shortText, for: duration.optional(), comment: comment.optional() })
const entry = z.object({ cidr: shortText })

export function allowRoutes(app: App, control: Control): void {
  app.get('/api/allow', { schema: { response: { 200: z.array(allowAnswer) } } }, (_request, reply) =>
    reply.send(control.allowList().map(allowJson)),
  )

  /** 201 and the entry; without `for` it stays for ever. */
  const allow = audited<{ body: z.output<typeof newEntry> }>(({ body }) => {
    return { action: 'allow', target: body.cidr, detail: entryDetail(body) }
  })
  app.post('/api/allow', { schema: { body: newEntry, response: { 201: allowAnswer } }, config: allow }, async (request, reply) => {
    const { cidr } = request.body
    return reply.code(201).send(allowJson(await control.allow(cidrArgument(cidr), entryOptions(request.body))))
  })

  const disallow = audited<{ params: z.output<typeof entry> }>(({ params }) => {
    return { action: 'disallow', target: params.cidr, detail: null }
  })
  app.delete(
    '/api/allow/:cidr',
    { schema: { params: entry, response: { 200: removedAnswer, 404: failureAnswer } }, config: disallow },
    async (request, reply) => {
      const cidr = cidrArgument(request.params.cidr)
      if (await control.disallow(cidr)) return reply.send({ removed: cidr })
      return reply.code(404).send(failure('NOT_FOUND', `${cidr} is not in the allow list`))
    },
  )

  const check = { params: z.object({ ip: shortText }), response: { 200: allowCheckAnswer } }
  app.get('/api/allow/check/:ip', { schema: check }, (request, reply) => {
    const ip = addressArgument(request.params.ip)
    return reply.send(allowCheckJson(ip, findAllowed(control.allowList(), ip, Date.now())))
  })
}

/** For how long, and why; without `for` it stays for ever. @throws SipguardError DURATION_INVALID */
export function entryOptions(asked: { readonly for?: string | number | undefined; readonly comment?: string | undefined }): AllowOptions {
  return { forMs: asked.for === undefined ? null : durationArgument(asked.for), comment: asked.comment ?? null }
}

/** The same, for the audit. */
export function entryDetail(asked: { readonly for?: string | number | undefined; readonly comment?: string | undefined }): string | null {
  const detail = [asked.for !== undefined && spanOf(asked.for), asked.comment].filter(Boolean).join(', ')
  return detail || null
}
