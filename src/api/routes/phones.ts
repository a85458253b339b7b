import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import type { PhoneQuery } from '../../records/types.ts'
import { addressArgument, pastArgument } from '../arguments.ts'
import { audited } from '../audit.ts'
import type { Control } from '../control.ts'
import { failure, failureAnswer } from '../failure.ts'
import { phoneAnswer, phoneJson } from '../records-wire.ts'
import { type App, duration, shortText } from '../schema.ts'
import { noteDegraded } from './degraded.ts'

/** As long as the column that holds it. */
const extension = z.string().regex(/^[^\s\p{C}]{1,20}$/u, 'expected an extension of 1 to 20 characters')
/** What is wrong with it is said by MAC_INVALID. */
const mac = z.string().max(80)

const listed = { 200: z.array(phoneAnswer) }
const filters = z.strictObject({ mac: shortText.optional(), ip: shortText.optional() })
const move = z.strictObject({ mac, extension })
const moved = { 200: z.object({ moved: z.int() }), 404: failureAnswer }
const prune = z.union([z.strictObject({ older_than: duration }), z.strictObject({ incomplete: z.literal(true) })], {
  error: 'expected {"older_than": DURATION} or {"incomplete": true}',
})

export function phonesRoutes(app: App, control: Control): void {
  const { records } = control

  /** Arrays, also without records: programs that count phones go on. Newest registration first. */
  async function list(reply: FastifyReply, query: PhoneQuery): Promise<unknown> {
    if (noteDegraded(records, reply)) return reply.send([])
    try {
      return reply.send((await records.phones(query)).map(phoneJson))
    } catch (error) {
      if (!(error instanceof SipguardError) || error.code !== 'RECORDS_UNAVAILABLE') throw error
      return reply.code(500).send({ ...failure(error.code, 'the records cannot be read'), details: error.message })
    }
  }

  app.get('/api/registered-phones', { schema: { querystring: filters, response: listed } }, (request, reply) => {
    const { mac, ip } = request.query
    return list(reply, { ...(mac !== undefined && { mac }), ...(ip !== undefined && { ip: addressArgument(ip) }) })
  })

  const one = { params: z.object({ number: shortText }), response: listed }
  app.get('/api/registered-phones/extension/:number', { schema: one }, (request, reply) =>
    list(reply, { extension: request.params.number }),
  )

  const moving = audited<{ body: z.output<typeof move> }>(({ body }) => {
    return { action: 'phone-move', target: body.mac, detail: `to ${body.extension}` }
  })
  app.post('/api/registered-phones/move', { schema: { body: move, response: moved }, config: moving }, async (request, reply) => {
    const { mac, extension } = request.body
    const moved = await records.movePhone(mac, extension)
    if (moved === 0) return reply.code(404).send(failure('NOT_FOUND', `no phone with the MAC ${mac} is known`))
    return reply.send({ moved })
  })

  const pruning = audited<{ body: z.output<typeof prune> }>(({ body }) => {
    return { action: 'phone-prune', target: null, detail: 'older_than' in body ? `older than ${body.older_than}` : 'incomplete' }
  })
  app.post(
    '/api/registered-phones/prune',
    { schema: { body: prune, response: { 200: z.object({ removed: z.int() }) } }, config: pruning },
    async (request, reply) => {
      const { body } = request
      const which = 'older_than' in body ? { beforeMs: pastArgument(body.older_than, Date.now()) } : body
      return reply.send({ removed: await records.prunePhones(which) })
    },
  )
}
