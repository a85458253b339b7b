import type { Command } from 'commander'
import type { NewTokenJson, TokenJson } from '../../api/access-wire.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
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
    .addHelpText('after', examples('token add laptop', 'token add grafana --read-only'))
    .action(async (name: string, { readOnly, json, ...options }: AddOptions) => {
      const made = await createClient(options).call<NewTokenJson>('POST', '/api/tokens', { name, role: readOnly ? 'reader' : 'admin' })
      if (json) return console.log((await import('../../escape.ts')).toJsonLine(made))
      console.log(made.token)
      console.error('keep it: it is not shown again')
    })
}

const COLUMNS: readonly (keyof TokenJson)[] = ['name', 'role', 'added']

function addList(group: Command): void {
  withListOptions(withDaemonOptions(group.command('list').description('list them, by name')))
    .addHelpText('after', examples('token list'))
    .action(async (options: DaemonOptions & ListOptions) => {
      const tokens = await createClient(options).call<TokenJson[]>('GET', '/api/tokens')
      await printList(tokens, options, COLUMNS, () => (tokens.length === 0 ? 'there is no token: sipguard token add NAME' : format(tokens)))
    })
}

async function format(tokens: readonly TokenJson[]): Promise<string> {
  const [{ formatTable, whole }, { stamp }] = await Promise.all([import('../table.ts'), import('../../report.ts')])
  const rows = tokens.map(({ name, role, added }) => [name, role, added === null ? 'http.tokenfile' : stamp(Date.parse(added))])
  return formatTable([whole('name'), 'role', 'added'], rows)
}

function addRemove(group: Command): void {
  withDaemonOptions(group.command('rm').description('refuse a token from now on; who has logged in with it is logged out'))
    .argument('<name>', 'as it stands in the list')
    .option('--json', 'one object')
    .addHelpText('after', examples('token rm laptop'))
    .action(async (name: string, { json, ...options }: DaemonOptions & { readonly json?: true }) => {
      const { forTerminal, toJsonLine } = await import('../../escape.ts')
      const answer = await createClient(options).call<object>('DELETE', `/api/tokens/${encodeURIComponent(name)}`)
      console.log(json ? toJsonLine(answer) : `removed ${forTerminal(name)}`)
    })
}
