import type { BundleFile } from '../../api/control.ts'
import type { WhyJson } from '../../explain/why.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import type { Verb } from '../verb.ts'

interface Options extends DaemonOptions {
  readonly json?: true
  readonly export?: string
}

export const why: Verb = (program) => {
  withDaemonOptions(program.command('why').description('why an address is banned, or was: each line that counted, and what did not'))
    .argument('<ip>', 'address, or a /64')
    .option('--json', 'one object')
    .option('--export <dir>', 'write the newest ban, with all it takes to decide it again, into a new directory: sipguard replay DIR')
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
      const { formatWhy } = await import('../why-screen.ts')
      console.log(formatWhy(report, Date.now(), options))
    })
}
