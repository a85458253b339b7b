import type { jailJson } from '../../config/index.ts'
import type { Jail } from '../../config/types.ts'
import { configOrDefault, DEFAULT_CONFIG } from '../default-config.ts'
import { examples } from '../examples.ts'
import { type ListOptions, printList, withListOptions } from '../listing.ts'
import type { Verb } from '../verb.ts'

interface Options extends ListOptions {
  readonly config?: string
}

export const jail: Verb = (program) => {
  const list = program
    .command('jail')
    .description('the jails in force')
    .command('list')
    .description('how many, how fast, how long: each jail with its settings')
    .option('--config <file>', `with the overrides of this configuration (default: ${DEFAULT_CONFIG} where it is there)`)
  withListOptions(list)
    .addHelpText('after', examples('jail list', 'jail list --config /etc/sipguard/sipguard.yaml'))
    .action(async (options: Options) => {
      const [{ loadConfigFor }, config] = await Promise.all([import('../configuration.ts'), import('../../config/index.ts')])
      const { jails } = await loadConfigFor(configOrDefault(options.config))
      const objects = jails.map(config.jailJson)
      if (options.csv) await printList(objects.map(csvRow), options, CSV_COLUMNS, () => '')
      else await printList(objects, options, [], () => format(jails))
    })
}

const CSV_COLUMNS = ['name', 'kinds', 'by', 'distinct', 'maxretry', 'findtime', 'bantime', 'alertonly'] as const

/** Lists as words. */
const csvRow = ({ kinds, by, ...keys }: ReturnType<typeof jailJson>) => ({
  ...keys,
  kinds: kinds.join(' '),
  by: by.join(' '),
})

async function format(jails: readonly Jail[]): Promise<string> {
  const [{ formatDuration }, { formatTable, whole }] = await Promise.all([import('../../duration.ts'), import('../table.ts')])
  const rows = jails.map((each) => [
    each.name,
    `${each.maxretry} ${each.distinct ? `${each.distinct}s ` : ''}in ${formatDuration(each.findtimeMs)}`,
    each.then ? `alert, then ${formatDuration(each.then.bantimeMs)}` : each.alertonly ? 'alert' : formatDuration(each.bantimeMs),
    `${each.kinds.join(' ')}${each.reasons ? ` (${each.reasons.join(' ')})` : ''}${each.methods ? ` (${each.methods.join(' ')})` : ''}`,
  ])
  return formatTable([whole('jail'), 'maxretry', 'bantime', 'counts'], rows)
}
