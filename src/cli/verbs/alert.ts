import { configOrDefault, DEFAULT_CONFIG } from '../default-config.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface TestOptions {
  readonly config?: string
  readonly channel?: string
  readonly json?: true
}

export const alert: Verb = (program) => {
  program
    .command('alert')
    .description('what operators are told')
    .command('test')
    .description('send a test message to each channel of notify: and say what it answered (exit 1 if one failed); works without a daemon')
    .option('--config <file>', `the configuration whose channels are tried (default: ${DEFAULT_CONFIG} where it is there)`)
    .option('--channel <n>', 'only this one, by its place in the list, from 1')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples('alert test --config /etc/sipguard/sipguard.yaml', 'alert test --channel 2'))
    .action(async (options: TestOptions) => {
      const [{ randomUUID }, { loadConfigFor }, { createChannels, hostName, testDraft }, { toJsonLine }, { formatTable, whole }] =
        await Promise.all([
          import('node:crypto'),
          import('../configuration.ts'),
          import('../../notify/index.ts'),
          import('../../escape.ts'),
          import('../table.ts'),
        ])
      const host = hostName()
      const channels = await chosen(
        createChannels((await loadConfigFor(configOrDefault(options.config))).notify.channels, host),
        options.channel,
      )
      const message = { id: randomUUID(), ...testDraft(host, Date.now()) }
      const answers = await Promise.all(
        channels.map(async (channel) => ({ channel, ...(await channel.send(message, new AbortController().signal)) })),
      )
      if (answers.some(({ outcome }) => outcome !== 'taken')) process.exitCode = 1
      if (options.json) {
        for (const { channel, outcome, detail } of answers) {
          console.log(toJsonLine({ channel: channel.name, place: channel.place, outcome, detail }))
        }
        return
      }
      console.log(
        formatTable(
          [whole('channel'), 'to', 'outcome', 'answer'],
          answers.map(({ channel, outcome, detail }) => [channel.name, channel.place, outcome, detail]),
        ),
      )
    })
}

/** All of them, or the one at this place. @throws SipguardError USAGE */
async function chosen<T>(channels: readonly T[], place: string | undefined): Promise<readonly T[]> {
  const { SipguardError } = await import('../../errors.ts')
  if (channels.length === 0)
    throw new SipguardError('USAGE', 'there is no channel: name one under notify: in a configuration (--config FILE)')
  if (place === undefined) return channels
  const one = /^\d+$/.test(place) ? channels[Number(place) - 1] : undefined
  if (one === undefined) throw new SipguardError('USAGE', `--channel: expected 1 to ${channels.length}, got '${place}'`)
  return [one]
}
