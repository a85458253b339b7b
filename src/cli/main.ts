import { Command, CommanderError, Help } from 'commander'
import { closestName } from '../config/names.ts'
import { ERRORS, SipguardError } from '../errors.ts'
import { forTerminal } from '../escape.ts'
import { addGroupExamples, examples } from './examples.ts'
import { whenOutputFails } from './print.ts'
import { loadVerbs, type VerbGroups } from './verbs/index.ts'
import { version } from './version.ts'

/** Wider lines are hard to read. */
const WIDEST_HELP = 100

/** @param writeOut takes what --help and --version print; without it they go to standard output */
export function createProgram(groups: VerbGroups, writeOut?: (text: string) => void): Command {
  const program = new Command('sipguard')
  program
    .description('Guards OpenSIPS, Kamailio, Asterisk and FreeSWITCH: reads their logs, bans attackers, explains why.')
    .version(version, '-V, --version', "print the program's version")
    .helpOption('-h, --help', 'show what a command does, its options and examples')
    .option('--no-pager', 'print long lists and help at once, not through $SIPGUARD_PAGER, $PAGER or less')
    .on('option:no-pager', () => {
      process.env.SIPGUARD_PAGER = ''
    })
    .showHelpAfterError('(sipguard --help shows all commands)')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, subcommandTerm })
    .configureOutput({
      getOutHelpWidth: () => Math.min(process.stdout.columns || 80, WIDEST_HELP),
      // One form for all errors, whoever finds them.
      outputError: (text, write) => write(text.replace(/^error: /, 'sipguard: ')),
      ...(writeOut && { writeOut }),
    })
    .exitOverride()
    .addHelpText('after', examples('init', 'watch /var/log/kamailio.log', 'status', 'why 192.0.2.7', 'unban 192.0.2.7'))
    .addHelpText(
      'after',
      "\n'sipguard COMMAND --help' shows the options of a command, and examples.\nThe Debian package has manual pages: sipguard(1) and sipguard.yaml(5).",
    )
  for (const [group, verbs] of groups) {
    program.commandsGroup(group)
    for (const verb of verbs) verb(program)
  }
  program.helpCommand('help [command]', 'show the help of a command')
  addGroupExamples(program)
  pointAtHelp(program, 'sipguard')
  return program
}

/** After an error, whoever asked a command wrongly is shown that command's help, not everybody's. */
function pointAtHelp(parent: Command, path: string): void {
  for (const command of parent.commands) {
    const name = `${path} ${command.name()}`
    command.showHelpAfterError(`(${name} --help shows its ${command.commands.length > 0 ? 'commands' : 'options'})`)
    pointAtHelp(command, name)
  }
}

/** Of `help` of a command that there is not, commander shows all the help and no error. */
function refuseUnknownHelp(program: Command, [, , help, name]: readonly string[]): void {
  if (help !== 'help' || name === undefined || name.startsWith('-')) return
  const names = [...program.commands.map((command) => command.name()), 'help']
  if (names.includes(name)) return
  const meant = closestName(name, names)
  program.error(`error: unknown command '${name}'${meant === null ? '' : `\n(Did you mean ${meant}?)`}`)
}

/** Nearly all commands have options. */
const subcommandTerm = (command: Command) => new Help().subcommandTerm(command).replace(' [options]', '')

/** Runs one command. Known errors are one clear message and their exit status; unknown ones are bugs and are thrown on. */
export async function main(argv: readonly string[]): Promise<void> {
  whenOutputFails(process.stdout, (error) => {
    console.error(`sipguard: cannot write the output: ${error.message}`)
    process.exit(ERRORS.OUTPUT_FAILED)
  })
  let help = ''
  const program = createProgram(await loadVerbs(argv[2]), (text) => {
    help += text
  })
  try {
    refuseUnknownHelp(program, argv)
    await program.parseAsync(argv as string[])
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else if (error instanceof SipguardError) {
      const { remedyFor } = await import('./remedy.ts')
      const text = `${error.message}${remedyFor(error)}`
      console.error(`sipguard: ${text.split('\n').map(forTerminal).join('\n')}`)
      process.exitCode = error.exitStatus
    } else throw error
  }
  if (help !== '') await (await import('./pager.ts')).show(help.trimEnd())
}
