import { z } from 'zod'
import { USER_STATUSES } from '../../records/types.ts'
import { COUNTED_KINDS } from '../../types.ts'
import { addressArgument, sinceArgument, userArgument } from '../arguments.ts'
import type { Control } from '../control.ts'
import {
  addressAnswer,
  addressJson,
  eventAnswer,
  eventRowJson,
  userAnswer,
  userJson,
  userReportAnswer,
  userReportJson,
} from '../records-wire.ts'
import { type App, limit, longText, shortText } from '../schema.ts'
import { noteDegraded } from './degraded.ts'

const MOST_EVENTS = 1000
const MOST_USERS = 10_000

const eventFilters = z.strictObject({
  kind: z.enum([...COUNTED_KINDS]).optional(),
  ip: shortText.optional(),
  user: longText.optional(),
  domain: longText.optional(),
  since: shortText.optional(),
  limit: limit(MOST_EVENTS, 100),
  after: longText.optional(),
})
const userFilters = z.strictObject({
  user: longText.optional(),
  domain: longText.optional(),
  status: z.enum(USER_STATUSES).optional(),
  limit: limit(MOST_USERS, 1000),
})

export function recordsRoutes(app: App, control: Control): void {
  const { records } = control

  /** Newest first. Where the answer is full, X-Next-Cursor is what `after` takes to go on. */
  app.get('/api/events', { schema: { querystring: eventFilters, response: { 200: z.array(eventAnswer) } } }, async (request, reply) => {
    const { ip, since, ...query } = request.query
    const rows = await records.events({
      ...given(query),
      limit: query.limit,
      ...(ip !== undefined && { ip: addressArgument(ip) }),
      ...(since !== undefined && { sinceMs: sinceArgument(since, Date.now()) }),
    })
    const last = rows.length < query.limit ? undefined : rows.at(-1)
    if (last !== undefined) reply.header('X-Next-Cursor', encodeURIComponent(last.cursor))
    return reply.send(rows.map(eventRowJson))
  })

  app.get('/api/users', { schema: { querystring: userFilters, response: { 200: z.array(userAnswer) } } }, async (request, reply) => {
    const { query } = request
    return reply.send((await records.users({ ...given(query), limit: query.limit })).map(userJson))
  })

  const ofAddress = { params: z.object({ ip: shortText }), response: { 200: addressAnswer } }
  app.get('/api/addresses/:ip', { schema: ofAddress }, async (request, reply) => {
    const report = await control.aboutAddress(addressArgument(request.params.ip))
    noteDegraded(records, reply)
    return reply.send(addressJson(report, records.trouble))
  })

  const ofUser = { params: z.object({ user: longText }), response: { 200: userReportAnswer } }
  app.get('/api/users/:user', { schema: ofUser }, async (request, reply) => {
    const { user, domain } = userArgument(request.params.user)
    const report = await control.aboutUser(user, domain)
    noteDegraded(records, reply)
    return reply.send(userReportJson(report, records.trouble))
  })
}

/** Without the keys that were not asked for. */
function given<Query extends object>(query: Query): { [Key in keyof Query]: Exclude<Query[Key], undefined> } {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as never
}
