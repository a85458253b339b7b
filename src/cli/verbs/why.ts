import type { BundleFile } from '../../api/control.ts'
import type { WhyJson } from '../../explain/why.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface Options extends DaemonOptions {
  readonly json?: true
  readonly export?: string
}

export const why: Verb = (program) => {
  withDaemonOptions(
    program
      .command('why')
      .summary('why an address is banned, or was')
      .description('why an address is banned, or was: each line that counted, and what did not'),
  )
    .argument('<ip>', 'address, or a /64')
    .option('--json', 'one object')
    .option('--export <dir>', 'write the newest ban, with all it takes to decide it again, into a new directory: sipguard replay DIR')
    .addHelpText('after', examples('why 192.0.2.7', 'why 192.0.2.7 --export /tmp/why-192.0.2.7'))
    .action(async (text: string, options: Options) => {
      const [{ cidrArgument }, { forTerminal, toJsonLine }] = await Promise.all([
        import('../../api/arguments.ts'),
        import('../../escape.ts'),
      ])
      const client = createClient(options)
      const path = `/api/why/${encodeURIComponent(cidrArgument(text))}`
      if (options.export !== undefined) {
        const { writeBundle } = await import('../bundle.ts')
        writeBundle(options.export, await client.call<BundleFile[]>('GET', `${path}/bundle`))
        console.log(forTerminal(`wrote ${options.export}; decide it again with: sipguard replay ${options.export}`))
        return
      }
      const report = await client.call<WhyJson>('GET', path)
      if (options.json) return console.log(toJsonLine(report))
      const [{ formatWhy }, { show }] = await Promise.all([import('../why-screen.ts'), import('../pager.ts')])
      await show(formatWhy(report, Date.now(), options))
    })
}
