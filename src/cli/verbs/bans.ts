import type { BanJson } from '../../api/wire.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import type { Verb } from '../verb.ts'

export const bans: Verb = (program) => {
  withDaemonOptions(program.command('bans').description('list the active bans, newest first'))
    .option('--json', 'one object a line')
    .action(async (options: DaemonOptions & { json?: true }) => {
      const { toJsonLine } = await import('../../escape.ts')
      const active = await createClient(options).call<BanJson[]>('GET', '/api/bans')
      if (options.json) for (const ban of active) console.log(toJsonLine(ban))
      else if (active.length === 0) console.log('no bans')
      else console.log((await import('../ban-table.ts')).formatBans(active, Date.now()))
    })
}
