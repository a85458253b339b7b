import type { Verb } from '../verb.ts'

export const check: Verb = (program) => {
  program
    .command('check')
    .description('check the whole configuration, every fault named by file:line:col (exit 2 when there is one)')
    .option('--config <file>', 'configuration to check')
    .option('--json', 'one JSON object')
    .action(async (options: { config?: string; json?: boolean }) => {
      const [{ loadConfigFor }, { toJsonLine }] = await Promise.all([import('../configuration.ts'), import('../../escape.ts')])
      const { sources, jails, filters, enforce, path } = loadConfigFor(options)
      const summary = { config: path, sources: sources.length, jails: jails.length, filters: filters.length, enforce }
      if (options.json) console.log(toJsonLine(summary))
      else
        console.log(
          `${path ?? 'the built-in configuration'} is valid: ${sources.length} sources, ${jails.length} jails, ${filters.length} filters, enforce ${enforce}`,
        )
    })
}
