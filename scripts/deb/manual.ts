import type { Command, Option } from 'commander'
import { examplesOf } from '../../src/cli/examples.ts'
import { ERRORS } from '../../src/errors.ts'
import { markdownBody } from './markdown-manual.ts'
import { type Edition, heading, roff, verbatim } from './roff.ts'

export interface ManualPage {
  readonly section: number
  readonly name: string
  /** In the macros of man(7). */
  readonly text: string
}

/**
 * sipguard(1), from the same commands that `--help` shows, and sipguard.yaml(5), from the page of the reference that is tested against what
 * reads the configuration.
 * @param configuration docs/configuration.md
 */
export function manualPages(program: Command, configuration: string, edition: Edition): ManualPage[] {
  return [
    { section: 1, name: 'sipguard.1', text: commandsPage(program, edition) },
    { section: 5, name: 'sipguard.yaml.5', text: configurationPage(configuration, edition) },
  ]
}

type Entries = readonly (readonly [string, string])[]

/** Exit statuses beside 0, by what they mean (DESIGN: CLI). */
const STATUSES: Entries = [
  ['0', 'done'],
  ['1', 'failed, or the negative answer of a question'],
  ['2', 'wrong usage, or an invalid configuration'],
  [String(ERRORS.DAEMON_NOT_RUNNING), 'the daemon is not running'],
]

const FILES: Entries = [
  ['/etc/sipguard/sipguard.yaml', 'the configuration; sipguard init proposes one, sipguard check says what is wrong with it'],
  ['/var/lib/sipguard', 'everything that survives a restart'],
  ['/run/sipguard/sipguard.sock', 'the control socket: members of the group sipguard administer the daemon'],
  ['/usr/share/sipguard', "snippets for the servers' configurations, a Grafana dashboard, Prometheus alert rules"],
  ['/usr/share/doc/sipguard/docs', 'the reference'],
]

const ENVIRONMENT: Entries = [
  [
    'SIPGUARD_PAGER, PAGER',
    'the command that shows what is longer than the terminal, without a shell; empty: none. Without both: less -FRX',
  ],
  ['NO_COLOR', 'no colours, not even on a terminal'],
  ['STATE_DIRECTORY, RUNTIME_DIRECTORY', "where the state and the control socket are by default; systemd's"],
  ['TZ', 'the time zone of what is printed, and of log times without one'],
]

function commandsPage(program: Command, edition: Edition): string {
  return page([
    heading('SIPGUARD', 1, 'User Commands', edition),
    '.SH NAME',
    'sipguard \\- guards SIP servers against brute force, enumeration and floods',
    '.SH SYNOPSIS',
    '.B sipguard',
    '.I command',
    '[\\fIoption\\fR ...] [\\fIargument\\fR ...]',
    '.SH DESCRIPTION',
    roff(program.description()),
    '.SH OPTIONS',
    ...options(program, program.createHelp().visibleOptions(program)),
    ...groups(program).flatMap(([group, commands]) => [
      `.SH ${roff(group.replace(/:$/, '').toUpperCase())}`,
      ...commands.flatMap(leaves).flatMap(command),
    ]),
    '.SH EXIT STATUS',
    ...STATUSES.flatMap(entry('B')),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(entry('B')),
    '.SH FILES',
    ...FILES.flatMap(entry('I')),
    '.SH SEE ALSO',
    '.BR sipguard.yaml (5),',
    '.BR nft (8),',
    '.BR fail2ban (1)',
  ])
}

const page = (lines: readonly string[]) => `${lines.join('\n')}\n`

const entry =
  (font: 'B' | 'I') =>
  ([name, meaning]: readonly [string, string]): string[] => ['.TP', `.${font} ${roff(name)}`, roff(meaning)]

const groups = (program: Command): [string, Command[]][] => [...Map.groupBy(program.commands, (each) => each.helpGroup())]

/** Commands that do something themselves. */
const leaves = (command: Command): Command[] => (command.commands.length > 0 ? command.commands.flatMap(leaves) : [command])

function command(each: Command): string[] {
  return [
    `.SS ${roff(each.createHelp().commandUsage(each))}`,
    roff(each.description()),
    ...options(each, each.options),
    '.PP',
    'Examples:',
    ...verbatim(examplesOf(each).map((line) => `sipguard ${line}`)),
  ]
}

const options = (command: Command, which: readonly Option[]): string[] => {
  const help = command.createHelp()
  return which.flatMap((option) => entry('B')([option.flags, help.optionDescription(option)]))
}

function configurationPage(configuration: string, edition: Edition): string {
  return page([
    heading('SIPGUARD.YAML', 5, 'File Formats', edition),
    '.SH NAME',
    'sipguard.yaml \\- the configuration of sipguard',
    '.SH DESCRIPTION',
    ...markdownBody(configuration),
    '.SH SEE ALSO',
    '.BR sipguard (1)',
  ])
}
