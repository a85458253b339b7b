import type { Verb } from '../verb.ts'

export const jail: Verb = (program) => {
  program
    .command('jail')
    .description('the jails in force')
    .command('list')
    .description('how many, how fast, how long: each jail with its settings')
    .option('--config <file>', 'with the overrides of this configuration')
    .option('--json', 'one JSON object a line')
    .action(async (options: { config?: string; json?: boolean }) => {
      const [{ loadConfigFor }, { jailJson }, { formatDuration }, { toJsonLine }, { formatTable }] = await Promise.all([
        import('../configuration.ts'),
        import('../../config/index.ts'),
        import('../../duration.ts'),
        import('../../escape.ts'),
        import('../table.ts'),
      ])
      const { jails } = loadConfigFor(options)
      if (options.json) {
        for (const each of jails) console.log(toJsonLine(jailJson(each)))
        return
      }
      const rows = jails.map((each) => [
        each.name,
        `${each.maxretry} ${each.distinct ? `${each.distinct}s ` : ''}in ${formatDuration(each.findtimeMs)}`,
        each.then ? `alert, then ${formatDuration(each.then.bantimeMs)}` : each.alertonly ? 'alert' : formatDuration(each.bantimeMs),
        `${each.kinds.join(' ')}${each.reasons ? ` (${each.reasons.join(' ')})` : ''}${each.methods ? ` (${each.methods.join(' ')})` : ''}`,
      ])
      console.log(formatTable(['jail', 'maxretry', 'bantime', 'counts'], rows))
    })
}
