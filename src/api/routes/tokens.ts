import { z } from 'zod'
import { didYouMean } from '../../config/names.ts'
import { ROLES } from '../../kept.ts'
import { newTokenAnswer, tokenAnswer, tokenJson } from '../access-wire.ts'
import { audited } from '../audit.ts'
import type { Control } from '../control.ts'
import { failure, failureAnswer } from '../failure.ts'
import { type App, removedAnswer, shortText } from '../schema.ts'
import { TOKEN_NAME } from '../tokens.ts'

const newToken = z.strictObject({
  name: z.string().regex(TOKEN_NAME, "expected 1 to 64 letters, digits, and . _ -, other than 'socket'"),
  role: z.enum(ROLES),
})
const known = z.object({ name: shortText })

export function tokensRoutes(app: App, { tokens }: Control): void {
  app.get('/api/tokens', { schema: { response: { 200: z.array(tokenAnswer) } } }, (_request, reply) =>
    reply.send(tokens.list().map(tokenJson)),
  )

  /** 201 and the token, which nobody can see again. */
  const adding = audited<{ body: z.output<typeof newToken> }>(({ body }) => ({ action: 'token-add', target: body.name, detail: body.role }))
  app.post('/api/tokens', { schema: { body: newToken, response: { 201: newTokenAnswer } }, config: adding }, async (request, reply) => {
    const { name, role } = request.body
    return reply.code(201).send({ name, role, token: await tokens.add(name, role) })
  })

  /** Sessions that were begun with it end. */
  const removing = audited<{ params: z.output<typeof known> }>(({ params }) => ({ action: 'token-rm', target: params.name, detail: null }))
  app.delete(
    '/api/tokens/:name',
    { schema: { params: known, response: { 200: removedAnswer, 404: failureAnswer } }, config: removing },
    async (request, reply) => {
      const { name } = request.params
      if (await tokens.remove(name)) return reply.send({ removed: name })
      const hint = didYouMean(
        name,
        tokens.list().map((each) => each.name),
      )
      return reply.code(404).send(failure('NOT_FOUND', `there is no token '${name}'${hint}`))
    },
  )
}
