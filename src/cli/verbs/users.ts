import { Option } from 'commander'
import type { UserJson } from '../../api/records-wire.ts'
import { USER_STATUSES } from '../../records/types.ts'
import { oneOf } from '../choices.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, limitArgument, noteCut, printList, queryString, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const COLUMNS: readonly (keyof UserJson)[] = [
  ...(['user', 'domain', 'status', 'registered_at', 'last_failed_at', 'last_response_code', 'failures_24h', 'contacts'] as const),
]

interface UsersOptions extends DaemonOptions, ListOptions {
  readonly domain?: string
  readonly status?: string
  readonly limit: string
}

export const users: Verb = (program) => {
  withListOptions(
    withDaemonOptions(
      program
        .command('users')
        .summary('who has registered, or tried to, and how they stand')
        .description('the users that have registered, or tried to, and how they stand'),
    ),
  )
    .option('--domain <domain>', 'only those of this domain')
    .addOption(oneOf(new Option('--status <status>', 'only those that stand so'), USER_STATUSES))
    .option('--limit <n>', 'at most so many, up to 10000', '1000')
    .addHelpText('after', examples('users --status failed', 'users --domain example.com --json'))
    .action(async ({ domain, status, limit, ...options }: UsersOptions) => {
      const most = limitArgument(limit, 10000)
      const found = await createClient(options).call<UserJson[]>('GET', `/api/users${queryString({ domain, status, limit })}`)
      await printList(found, options, COLUMNS, async () =>
        found.length === 0 ? 'no users' : (await import('../records-tables.ts')).formatUsers(found),
      )
      noteCut(found, most)
    })
}
