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
      const [{ loadConfigFor }, { formatDuration }, { toJsonLine }, { formatTable }] = await Promise.all([
        import('../configuration.ts'),
        import('../../duration.ts'),
        import('../../escape.ts'),
        import('../table.ts'),
      ])
      const { jails } = loadConfigFor(options)
      if (options.json) {
        for (const { findtimeMs, bantimeMs, increment, then, ...rest } of jails) {
          console.log(
            toJsonLine({
              ...rest,
              findtime: formatDuration(findtimeMs),
              bantime: formatDuration(bantimeMs),
              increment: increment && { factor: increment.factor, maxtime: formatDuration(increment.maxtimeMs) },
              // biome-ignore lint/suspicious/noThenProperty: the jail's second stage is called that in its file
              then: then && {
                ...then,
                findtimeMs: undefined,
                bantimeMs: undefined,
                findtime: formatDuration(then.findtimeMs),
                bantime: formatDuration(then.bantimeMs),
              },
            }),
          )
        }
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
