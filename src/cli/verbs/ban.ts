import type { StatusReport } from '../../api/control.ts'
import type { DecisionJson } from '../../api/wire.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { examples } from '../examples.ts'
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
    .addHelpText('after', examples('ban 192.0.2.7', 'ban 192.0.2.7 2001:db8::7 --for 1d --jail sip-auth'))
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
      // Not for Fail2Ban, which calls this for each of its bans.
      if (options.jail !== undefined && process.stderr.isTTY) await noteSlip(client, options.jail)
    })
}

/** Any name may be given, for Fail2Ban's jails have names of their own; to a person, one like that of a jail of ours may be a slip. */
async function noteSlip(client: Client, jail: string): Promise<void> {
  const names = (await client.call<StatusReport>('GET', '/api/status')).jails.map(({ name }) => name)
  if (names.includes(jail)) return
  const [{ didYouMean }, { forTerminal }] = await Promise.all([import('../../config/index.ts'), import('../../escape.ts')])
  const hint = didYouMean(jail, names)
  if (hint !== '') console.error(forTerminal(`no jail of sipguard is called '${jail}'${hint}`))
}
