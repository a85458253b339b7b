import { Option } from 'commander'
import type { EventJson } from '../../api/records-wire.ts'
import { COUNTED_KINDS } from '../../types.ts'
import { oneOf } from '../choices.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, limitArgument, noteCut, printList, queryString, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const COLUMNS: readonly (keyof EventJson)[] = [
  ...(['id', 'kind', 'at', 'ip', 'port', 'transport', 'user', 'domain', 'user_agent', 'method', 'code', 'reason'] as const),
  ...(['expires', 'request_uri', 'attempts'] as const),
]

interface EventsOptions extends DaemonOptions, ListOptions {
  readonly kind?: string
  readonly ip?: string
  readonly user?: string
  readonly domain?: string
  readonly since?: string
  readonly limit: string
}

export const events: Verb = (program) => {
  withListOptions(
    withDaemonOptions(
      program
        .command('events')
        .summary('what was recorded of failures and door-knocks')
        .description('what was recorded of failures and door-knocks, newest first'),
    ),
  )
    .addOption(oneOf(new Option('--kind <kind>', 'only this kind'), [...COUNTED_KINDS]))
    .option('--ip <address>', 'only from this address')
    .option('--user <user>', 'only as this user')
    .option('--domain <domain>', 'only in this domain')
    .option('--since <when>', 'only since then: 1h (ago), 7d, 2026-01-15T10:30:45Z')
    .option('--limit <n>', 'at most so many, up to 1000', '100')
    .addHelpText('after', examples('events --ip 192.0.2.7 --since 1h', 'events --kind door_knock --limit 1000 --csv'))
    .action(async ({ kind, ip, user, domain, since, limit, ...options }: EventsOptions) => {
      const { addressArgument, sinceArgument } = await import('../../api/arguments.ts')
      if (ip !== undefined) addressArgument(ip)
      if (since !== undefined) sinceArgument(since, Date.now())
      const most = limitArgument(limit, 1000)
      const query = queryString({ kind, ip, user, domain, since, limit })
      const found = await createClient(options).call<EventJson[]>('GET', `/api/events${query}`)
      await printList(found, options, COLUMNS, async () =>
        found.length === 0 ? 'no events' : (await import('../records-tables.ts')).formatEvents(found),
      )
      noteCut(found, most)
    })
}
