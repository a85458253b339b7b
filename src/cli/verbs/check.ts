import { configOrDefault, DEFAULT_CONFIG } from '../default-config.ts'
import { examples } from '../examples.ts'
import { plural } from '../number.ts'
import type { Verb } from '../verb.ts'

export const check: Verb = (program) => {
  program
    .command('check')
    .summary('check the configuration and prove its filters')
    .description('check the whole configuration and prove its own filters, every fault named by file:line:col (exit 2 when there is one)')
    .option('--config <file>', `configuration to check (default: ${DEFAULT_CONFIG} where it is there)`)
    .option('--json', 'one JSON object')
    .option('--allow-unproven', 'accept own filters even if they can be fooled')
    .addHelpText('after', examples('check --config /etc/sipguard/sipguard.yaml'))
    .action(async (options: { config?: string; json?: boolean; allowUnproven?: boolean }) => {
      const [{ loadProvenConfig }, { toJsonLine }] = await Promise.all([import('../configuration.ts'), import('../../escape.ts')])
      const { config, unproven } = await loadProvenConfig({ ...options, ...configOrDefault(options.config) })
      const { sources, jails, filters, enforce, path } = config
      const summary = { config: path, sources: sources.length, jails: jails.length, filters: filters.length, enforce, unproven }
      if (options.json) console.log(toJsonLine(summary))
      else
        console.log(
          `${path ?? 'the built-in configuration'} is valid: ${plural(sources.length, 'source')}, ${plural(jails.length, 'jail')}, ${plural(filters.length, 'filter')}, enforce ${enforce}`,
        )
    })
}
