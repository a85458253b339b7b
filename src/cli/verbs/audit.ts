import type { AuditJson } from '../../api/access-wire.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, limitArgument, noteCut, printList, queryString, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

const COLUMNS: readonly (keyof AuditJson)[] = ['id', 'at', 'who', 'from', 'action', 'target', 'detail']

interface AuditOptions extends DaemonOptions, ListOptions {
  readonly target?: string
  readonly limit: string
}

export const audit: Verb = (program) => {
  withListOptions(withDaemonOptions(program.command('audit').description('who changed what, newest first')))
    .option('--target <target>', 'only what was done to this address, network, MAC or token')
    .option('--limit <n>', 'at most so many, up to 1000', '100')
    .addHelpText('after', examples('audit', 'audit --target 192.0.2.7 --json'))
    .action(async ({ target, limit, ...options }: AuditOptions) => {
      const most = limitArgument(limit, 1000)
      const found = await createClient(options).call<AuditJson[]>('GET', `/api/audit${queryString({ target, limit })}`)
      await printList(found, options, COLUMNS, () => format(found))
      noteCut(found, most)
    })
}

async function format(entries: readonly AuditJson[]): Promise<string> {
  const [{ formatTable, whole }, { stamp }] = await Promise.all([import('../table.ts'), import('../../report.ts')])
  if (entries.length === 0) return 'nothing was changed'
  return formatTable(
    [whole('time'), 'who', 'from', whole('action'), whole('target'), 'detail'],
    entries.map(({ at, who, from, action, target, detail }) => [stamp(Date.parse(at)), who, from, action, target ?? '', detail ?? '']),
  )
}
