import { z } from 'zod'
import { jailJson } from '../../config/jail-keys.ts'
import type { Filter } from '../../config/types.ts'
import type { Control } from '../control.ts'
import { filterAnswer, jailAnswer } from '../rules-wire.ts'
import type { App } from '../schema.ts'

/** What the daemon goes by: the filters and jails in force, and what each jail has done since the start. */
export function rulesRoutes(app: App, control: Control): void {
  app.get('/api/filters', { schema: { response: { 200: z.array(filterAnswer) } } }, (_request, reply) =>
    reply.send(control.rules().filters.map(filterJson)),
  )

  app.get('/api/jails', { schema: { response: { 200: z.array(jailAnswer) } } }, (_request, reply) => {
    const done = new Map(control.status().jails.map((jail) => [jail.name, jail]))
    return reply.send(
      control.rules().jails.map((jail) => {
        const { found = 0, bans = 0, active = 0 } = done.get(jail.name) ?? {}
        return { ...jailJson(jail), found, bans, active }
      }),
    )
  })
}

function filterJson({ name, prefix, rules }: Filter) {
  return {
    ...{ name, prefix },
    rules: rules.map(({ id, kind, failregex, counted, shadow, verdict }) => ({ id, kind, failregex, counted, shadow, verdict })),
  }
}
