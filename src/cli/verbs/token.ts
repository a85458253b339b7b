import type { Command } from 'commander'
import type { NewTokenJson, TokenJson } from '../../api/access-wire.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import type { Verb } from '../verb.ts'

interface AddOptions extends DaemonOptions {
  readonly readOnly?: true
  readonly json?: true
}

export const token: Verb = (program) => {
  const group = program.command('token').description('who may use the API over TCP')
  addAdd(group)
  addList(group)
  addRemove(group)
}

function addAdd(group: Command): void {
  withDaemonOptions(group.command('add').description('make a token; it is printed once and kept nowhere'))
    .argument('<name>', 'what it is called in the list and in the audit')
    .option('--read-only', 'who has it may look, and change nothing')
    .option('--json', 'one object')
    .action(async (name: string, { readOnly, json, ...options }: AddOptions) => {
      const made = await createClient(options).call<NewTokenJson>('POST', '/api/tokens', { name, role: readOnly ? 'reader' : 'admin' })
      if (json) return console.log((await import('../../escape.ts')).toJsonLine(made))
      console.log(made.token)
      console.error('keep it: it is not shown again')
    })
}

function addList(group: Command): void {
  withDaemonOptions(group.command('list').description('list them, by name'))
    .option('--json', 'one object a line')
    .action(async (options: DaemonOptions & { readonly json?: true }) => {
      const [{ toJsonLine }, { formatTable }, { stamp }] = await Promise.all([
        import('../../escape.ts'),
        import('../table.ts'),
        import('../../report.ts'),
      ])
      const tokens = await createClient(options).call<TokenJson[]>('GET', '/api/tokens')
      if (options.json) for (const one of tokens) console.log(toJsonLine(one))
      else if (tokens.length === 0) console.log('there is no token: sipguard token add NAME')
      else {
        const rows = tokens.map(({ name, role, added }) => [name, role, added === null ? 'http.tokenfile' : stamp(Date.parse(added))])
        console.log(formatTable(['name', 'role', 'added'], rows))
      }
    })
}

function addRemove(group: Command): void {
  withDaemonOptions(group.command('rm').description('refuse a token from now on; who has logged in with it is logged out'))
    .argument('<name>', 'as it stands in the list')
    .action(async (name: string, options: DaemonOptions) => {
      const { forTerminal } = await import('../../escape.ts')
      await createClient(options).call('DELETE', `/api/tokens/${encodeURIComponent(name)}`)
      console.log(`removed ${forTerminal(name)}`)
    })
}
