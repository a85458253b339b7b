import { Command, CommanderError } from 'commander'
import { ERRORS, SipguardError } from '../errors.ts'
import { forTerminal } from '../escape.ts'
import { whenOutputFails } from './print.ts'
import { VERBS } from './verbs/index.ts'
import { version } from './version.ts'

export function createProgram(): Command {
  const program = new Command('sipguard')
  program
    .description('Guards OpenSIPS, Kamailio, Asterisk and FreeSWITCH: reads their logs, bans attackers, explains why.')
    .version(version, '-V, --version')
    .showHelpAfterError('(sipguard --help shows all commands)')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
  for (const verb of VERBS) verb(program)
  return program
}

/** Runs one command. Known errors are one clear message and their exit status; unknown ones are bugs and are thrown on. */
export async function main(argv: readonly string[]): Promise<void> {
  whenOutputFails(process.stdout, (error) => {
    console.error(`sipguard: cannot write the output: ${error.message}`)
    process.exit(ERRORS.OUTPUT_FAILED)
  })
  try {
    await createProgram().parseAsync(argv as string[])
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else if (error instanceof SipguardError) {
      console.error(`sipguard: ${error.message.split('\n').map(forTerminal).join('\n')}`)
      process.exitCode = error.exitStatus
    } else throw error
  }
}
