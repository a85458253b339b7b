import type { WhyNotJson } from '../../explain/why-not.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

export const whyNot: Verb = (program) => {
  withDaemonOptions(program.command('why-not').description('the cause why an address is not banned'))
    .argument('<ip>', 'address, or a /64')
    .option('--json', 'one object')
    .addHelpText('after', examples('why-not 192.0.2.8'))
    .action(async (text: string, options: DaemonOptions & { readonly json?: true }) => {
      const [{ cidrArgument }, { forTerminal, toJsonLine }] = await Promise.all([
        import('../../api/arguments.ts'),
        import('../../escape.ts'),
      ])
      const report = await createClient(options).call<WhyNotJson>('GET', `/api/why-not/${encodeURIComponent(cidrArgument(text))}`)
      if (options.json) return console.log(toJsonLine(report))
      console.log(forTerminal(report.text))
      if (report.remedy !== null) console.log(forTerminal(`  ${report.remedy}`))
    })
}
