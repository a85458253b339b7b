import type { Control } from '../control.ts'
import type { Metrics } from '../metrics.ts'
import type { App } from '../schema.ts'
import { healthAnswer, illnessAnswer, statusAnswer } from '../status-wire.ts'

export function statusRoutes(app: App, control: Control, metrics: Metrics): void {
  app.get('/api/status', { schema: { response: { 200: statusAnswer } } }, (_request, reply) => reply.send(control.status()))

  /** For a load balancer or a watchdog: 503 as long as anything is red. */
  app.get('/healthz', { schema: { response: { 200: healthAnswer, 503: illnessAnswer } } }, (_request, reply) => {
    const { degraded } = control.status()
    if (degraded.length === 0) return reply.send({ status: 'ok' })
    return reply.code(503).send({ status: 'degraded', degraded })
  })

  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))
}
