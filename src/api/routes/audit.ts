import { z } from 'zod'
import { auditAnswer, auditJson } from '../access-wire.ts'
import { canonicalTarget } from '../audit.ts'
import type { Control } from '../control.ts'
import { type App, limit, longText } from '../schema.ts'

const MOST = 1000

const filters = z.strictObject({
  limit: limit(MOST, 100),
  after: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional(),
  target: longText.optional(),
})

export function auditRoutes(app: App, { audit }: Control): void {
  /** Newest first. Where the answer is full, X-Next-Cursor is what `after` takes to go on. */
  app.get('/api/audit', { schema: { querystring: filters, response: { 200: z.array(auditAnswer) } } }, async (request, reply) => {
    const { limit, after, target } = request.query
    const rows = await audit.list({
      limit,
      ...(after !== undefined && { before: after }),
      ...(target !== undefined && { target: canonicalTarget(target) }),
    })
    const last = rows.length < limit ? undefined : rows.at(-1)
    if (last !== undefined) reply.header('X-Next-Cursor', last.id)
    return reply.send(rows.map(auditJson))
  })
}
