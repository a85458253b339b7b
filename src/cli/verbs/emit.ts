import { basename, resolve } from 'node:path'
import type { Command } from 'commander'
import type { SnippetName } from '../../emit/index.ts'
import { SipguardError } from '../../errors.ts'
import { examples } from '../examples.ts'
import type { Verb } from '../verb.ts'

interface Fail2BanOptions {
  readonly out: string
  readonly config?: string
  readonly state?: string
  readonly json?: true
}

const SERVERS: readonly (readonly [name: SnippetName, title: string, configuration: string])[] = [
  ['opensips', 'OpenSIPS', '/etc/opensips/opensips.cfg'],
  ['kamailio', 'Kamailio', '/etc/kamailio/kamailio.cfg'],
  ['asterisk', 'Asterisk', '/etc/asterisk/logger.conf'],
  ['freeswitch', 'FreeSWITCH', '/etc/freeswitch/freeswitch.xml'],
]

export const emit: Verb = (program) => {
  const group = program.command('emit').description('files for others: Fail2Ban, and what servers must log')
  addFail2Ban(group)
  for (const [name, title, configuration] of SERVERS) addSnippet(group, name, title, configuration)
}

function addFail2Ban(group: Command): void {
  group
    .command('fail2ban')
    .description('write filter.d/, jail.d/ and action.d/ files for Fail2Ban, and say what it cannot do')
    .requiredOption('--out <dir>', 'folder to write them to, /etc/fail2ban')
    .option('--config <file>', 'with the jails, filters, sources and ignoreip of this configuration')
    .option('--state <dir>', "the daemon's state directory: whose allow list")
    .option('--json', 'one JSON object a line')
    .addHelpText('after', examples('emit fail2ban --out /etc/fail2ban', 'emit fail2ban --out /tmp/jails --config sipguard.yaml'))
    .action(async (options: Fail2BanOptions) => {
      const [{ emitFail2Ban, writeFiles }, { loadConfigFor }, { forTerminal, toJsonLine }] = await Promise.all([
        import('../../emit/index.ts'),
        import('../configuration.ts'),
        import('../../escape.ts'),
      ])
      const config = await loadConfigFor(options)
      const { files, notes } = emitFail2Ban(config, {
        program: await shellWords(),
        state: options.state === undefined ? null : quoted(resolve(options.state)),
        ignoreip: [...config.ignoreip, ...config.self, ...(await allowedForEver(options.state))],
      })
      const paths = writeFiles(options.out, files)
      if (options.json) {
        for (const path of paths) console.log(toJsonLine({ type: 'file', path }))
        for (const { about, text } of notes) console.log(toJsonLine({ type: 'note', about, text }))
        return
      }
      for (const path of paths) console.log(`wrote ${forTerminal(path)}`)
      for (const { about, text } of notes) console.error(forTerminal(about === null ? text : `${about}: ${text}`))
    })
}

/** What is allowed for a time would stay in Fail2Ban's list for ever; ignorecommand knows it. */
async function allowedForEver(state: string | undefined): Promise<string[]> {
  const [{ readAllowList }, { defaultStateDir }] = await Promise.all([import('../../state/index.ts'), import('../client.ts')])
  return readAllowList(state ?? defaultStateDir()).flatMap(({ cidr, untilMs }) => (untilMs === null ? [cidr] : []))
}

/** How a shell runs this sipguard: by the name it was called by, which outlives an update, else by its file. */
async function shellWords(): Promise<string> {
  const { ownCommand } = await import('../../packaged.ts')
  const called = process.argv[1]
  return quoted(called && /^sipguard(?:\.js)?$/.test(basename(called)) ? resolve(called) : ownCommand())
}

/** One word for the shell of Fail2Ban's commands; `;` stands outside the quotes, for behind a space it begins a comment in its files. */
function quoted(word: string): string {
  if (/[\0-\x1f\x7f]/.test(word)) throw new SipguardError('USAGE', `a path with control characters cannot be written for Fail2Ban: ${word}`)
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replace(/[';]/g, String.raw`'\$&'`)}'`
}

function addSnippet(group: Command, name: SnippetName, title: string, configuration: string): void {
  group
    .command(name)
    .description(`print the configuration that makes ${title} log what sipguard reads`)
    .option('--hep', 'instead, that which makes it mirror its SIP as HEP')
    .option('--diff <file>', 'print only what this configuration (and what it includes) lacks (exit 1), or that nothing does (exit 0)')
    .addHelpText('after', examples(`emit ${name}`, `emit ${name} --diff ${configuration}`))
    .action(async (options: { diff?: string; hep?: true }) => {
      const { filesBeside, missingParts, readServerConfiguration, readSnippet } = await import('../../emit/index.ts')
      const kind = options.hep ? 'hep' : 'log'
      if (options.diff === undefined) {
        process.stdout.write(readSnippet(name, kind))
        for (const path of kind === 'hep' ? [] : filesBeside(name)) console.error(`install with it: ${path}`)
        return
      }
      const missing = missingParts(name, readServerConfiguration(options.diff), kind)
      if (missing.length === 0) {
        const { forTerminal } = await import('../../escape.ts')
        console.log(`${forTerminal(options.diff)} has all that sipguard ${kind === 'hep' ? 'hears' : 'reads'}`)
        return
      }
      console.log(
        missing
          .map(({ text }) => text)
          .join('\n')
          .trimEnd(),
      )
      process.exitCode = 1
    })
}
