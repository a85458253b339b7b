import type { LiftedJson } from '../../api/wire.ts'
import { SipguardError } from '../../errors.ts'
import { type Client, createClient, type DaemonOptions, withDaemonOptions } from '../client.ts'
import { commandLine } from '../command-line.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface UnbanOptions extends DaemonOptions {
  readonly all?: true
  readonly allow?: true
  readonly for?: string
  readonly json?: true
}

export const unban: Verb = (program) => {
  withDaemonOptions(
    program
      .command('unban')
      .summary('lift the bans of addresses')
      .description('lift every ban of addresses, and forget what was counted against them'),
  )
    .argument('[ip...]', 'addresses or networks')
    .option('--all', 'lift every ban there is')
    .option('--allow', 'and enter the addresses into the allow list')
    .option('--for <duration>', 'how long they are allowed: 1h, 7d, -1 for ever (default)')
    .option('--json', 'one object a line for each ban lifted')
    .addHelpText('after', examples('unban 192.0.2.7', 'unban 192.0.2.7 --allow --for 7d', 'unban --all'))
    .action(async (texts: string[], options: UnbanOptions) => {
      checkUsage(texts, options)
      const { cidrArgument, durationArgument } = await import('../../api/arguments.ts')
      const targets = texts.map(cidrArgument)
      if (options.for !== undefined) durationArgument(options.for)
      const client = createClient(options)
      if (options.all) {
        const lifted = await client.call<LiftedJson[]>('DELETE', '/api/bans?all=true')
        return print(lifted, options, 'there was no ban')
      }
      const { forEachAddress } = await import('../addresses.ts')
      await forEachAddress(targets, (target) => unbanOne(client, target, options))
    })
}

function checkUsage(texts: readonly string[], options: UnbanOptions): void {
  if (options.all ? texts.length > 0 : texts.length === 0) throw new SipguardError('USAGE', 'expected addresses or --all')
  if (options.all && options.allow) throw new SipguardError('USAGE', 'expected addresses with --allow, got --all')
  if (options.for !== undefined && !options.allow)
    throw new SipguardError('USAGE', 'expected --allow with --for: it says how long to allow')
}

async function unbanOne(client: Client, target: string, options: UnbanOptions): Promise<void> {
  const query = options.allow ? `?${new URLSearchParams({ allow: 'true', ...(options.for !== undefined && { for: options.for }) })}` : ''
  const lifted = await client.call<LiftedJson[]>('DELETE', `/api/bans/${encodeURIComponent(target)}${query}`)
  const none = target.includes('/')
    ? `nothing in ${target} was banned`
    : `${target} was not banned; what was counted against it is forgotten`
  await print(lifted, options, none)
  if (options.json) return
  if (options.allow) console.log(`allowed ${target}${options.for === undefined || options.for === '-1' ? '' : ` for ${options.for}`}`)
  else if (lifted.length > 0 && process.stdout.isTTY) offerAllow(target, options)
}

async function print(lifted: readonly LiftedJson[], options: UnbanOptions, none: string): Promise<void> {
  const [{ formatLifted }, { toJsonLine }] = await Promise.all([import('../lifted.ts'), import('../../escape.ts')])
  if (options.json) for (const ban of lifted) console.log(toJsonLine({ type: 'unban', ...ban }))
  else if (lifted.length === 0) console.log(none)
  else for (const ban of lifted) console.log(formatLifted(ban))
}

/** A customer who was banned once will be again, unless somebody looks. */
function offerAllow(target: string, options: UnbanOptions): void {
  console.log(`to allow it for a day: ${commandLine(['allow', 'add', target, '--for', '1d'], options)}`)
}
