import { z } from 'zod'
import { activityAnswer } from '../activity-wire.ts'
import type { Control } from '../control.ts'
import { placeJson } from '../records-wire.ts'
import { type App, limit } from '../schema.ts'

/** As far as src/daemon/activity.ts remembers. */
const MOST_MINUTES = 1440

export function activityRoutes(app: App, control: Control): void {
  const querystring = z.strictObject({ minutes: limit(MOST_MINUTES, 60) })
  app.get('/api/activity', { schema: { querystring, response: { 200: activityAnswer } } }, (request, reply) => {
    const { attackers, ...report } = control.activity(request.query.minutes)
    return reply.send({ ...report, attackers: attackers.map(({ place, ...attacker }) => ({ ...attacker, ...placeJson(place) })) })
  })
}
