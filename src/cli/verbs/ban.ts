import type { DecisionJson } from '../../api/wire.ts'
import { createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import type { Verb } from '../verb.ts'

interface BanOptions extends DaemonOptions {
  readonly for?: string
  readonly jail?: string
  readonly json?: true
}

export const ban: Verb = (program) => {
  withDaemonOptions(program.command('ban').description('ban addresses'))
    .argument('<ip...>', 'addresses to ban')
    .option('--for <duration>', "how long: 90s, 10m, 1h, 7d, 4w, -1 for ever (default: the jail's bantime, else 1h)")
    .option('--jail <name>', 'the jail it is entered under')
    .option('--json', 'one object a line')
    .action(async (texts: string[], options: BanOptions) => {
      const { addressArgument, durationArgument } = await import('../../api/arguments.ts')
      const { forEachAddress } = await import('../addresses.ts')
      const { decisionText } = await import('../decision-text.ts')
      const addresses = texts.map(addressArgument)
      if (options.for !== undefined) durationArgument(options.for)
      const client = createClient(options)
      const { forTerminal, toJsonLine } = await import('../../escape.ts')
      await forEachAddress(addresses, async (ip) => {
        const decision = await client.call<DecisionJson>('POST', '/api/bans', { ip, for: options.for, jail: options.jail })
        console.log(options.json ? toJsonLine(decision) : forTerminal(decisionText(decision)))
      })
    })
}
