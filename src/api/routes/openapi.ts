import { z } from 'zod'
import type { Control } from '../control.ts'
import type { Route } from '../openapi.ts'
import type { App } from '../schema.ts'

const answer = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) })

/** `routes`: all of the app, as far as they are declared when somebody asks. */
export function openapiRoutes(app: App, routes: readonly Route[], control: Control): void {
  app.get('/api/openapi.json', { schema: { response: { 200: answer } } }, async (_request, reply) => {
    // Made when it is asked for, which most daemons never are.
    const { describeApi } = await import('../openapi.ts')
    return reply.send(describeApi(routes, control.status().version))
  })
}
