import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { SipguardError } from '../../errors.ts'
import type { PhoneQuery } from '../../records/types.ts'
import { addressArgument, pastArgument } from '../arguments.ts'
import type { Control } from '../control.ts'
import { failure } from '../failure.ts'
import { phoneJson } from '../records-wire.ts'
import { type App, duration, shortText } from '../schema.ts'
import { noteDegraded } from './degraded.ts'

/** As long as the column that holds it. */
const extension = z.string().regex(/^[^\s\p{C}]{1,20}$/u, 'expected an extension of 1 to 20 characters')
/** What is wrong with it is said by MAC_INVALID. */
const mac = z.string().max(80)

const filters = z.strictObject({ mac: shortText.optional(), ip: shortText.optional() })
const move = z.strictObject({ mac, extension })
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

  app.get('/api/registered-phones', { schema: { querystring: filters } }, (request, reply) => {
    const { mac, ip } = request.query
    return list(reply, { ...(mac !== undefined && { mac }), ...(ip !== undefined && { ip: addressArgument(ip) }) })
  })

  app.get('/api/registered-phones/extension/:number', { schema: { params: z.object({ number: shortText }) } }, (request, reply) =>
    list(reply, { extension: request.params.number }),
  )

  app.post('/api/registered-phones/move', { schema: { body: move } }, async (request, reply) => {
    const { mac, extension } = request.body
    const moved = await records.movePhone(mac, extension)
    if (moved === 0) return reply.code(404).send(failure('NOT_FOUND', `no phone with the MAC ${mac} is known`))
    return reply.send({ moved })
  })

  app.post('/api/registered-phones/prune', { schema: { body: prune } }, async (request, reply) => {
    const { body } = request
    const which = 'older_than' in body ? { beforeMs: pastArgument(body.older_than, Date.now()) } : body
    return reply.send({ removed: await records.prunePhones(which) })
  })
}
