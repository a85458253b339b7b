import type { Command } from 'commander'
import { ERRORS } from '../../src/errors.ts'

export interface ManualPage {
  readonly section: number
  readonly name: string
  /** In the macros of man(7). */
  readonly text: string
}

/** sipguard(1), from the same commands that `--help` shows. @param date `2026-01-15` */
export function manualPages(program: Command, version: string, date: string): ManualPage[] {
  return [{ section: 1, name: 'sipguard.1', text: page(program, version, date) }]
}

/** Exit statuses beside 0, by what they mean (DESIGN: CLI). */
const STATUSES: readonly (readonly [number, string])[] = [
  [0, 'done'],
  [1, 'failed, or the negative answer of a question'],
  [2, 'wrong usage, or an invalid configuration'],
  [ERRORS.DAEMON_NOT_RUNNING, 'the daemon is not running'],
]

const FILES: readonly (readonly [string, string])[] = [
  ['/etc/sipguard/sipguard.yaml', 'the configuration; sipguard init proposes one, sipguard check says what is wrong with it'],
  ['/var/lib/sipguard', 'everything that survives a restart'],
  ['/run/sipguard/sipguard.sock', 'the control socket: members of the group sipguard administer the daemon'],
  ['/usr/share/sipguard', "snippets for the servers' configurations, a Grafana dashboard, Prometheus alert rules"],
  ['/usr/share/doc/sipguard/docs', 'the reference'],
]

function page(program: Command, version: string, date: string): string {
  return `${[
    `.TH SIPGUARD 1 "${date}" "sipguard ${roff(version)}" "User Commands"`,
    '.SH NAME',
    'sipguard \\- guards SIP servers against brute force, enumeration and floods',
    '.SH SYNOPSIS',
    '.B sipguard',
    '.I command',
    '[\\fIoption\\fR ...] [\\fIargument\\fR ...]',
    '.SH DESCRIPTION',
    roff(program.description()),
    '.SH COMMANDS',
    ...leaves(program).flatMap(command),
    '.SH EXIT STATUS',
    ...STATUSES.flatMap(([status, meaning]) => ['.TP', `.B ${status}`, roff(meaning)]),
    '.SH FILES',
    ...FILES.flatMap(([path, meaning]) => ['.TP', `.I ${roff(path)}`, roff(meaning)]),
    '.SH SEE ALSO',
    '.BR nft (8),',
    '.BR fail2ban (1)',
  ].join('\n')}\n`
}

/** Commands that do something themselves. */
function leaves(command: Command): Command[] {
  return command.commands.flatMap((each) => (each.commands.length > 0 ? leaves(each) : [each]))
}

function command(each: Command): string[] {
  const help = each.createHelp()
  return [
    `.SS ${roff(help.commandUsage(each))}`,
    roff(each.description()),
    ...help.visibleOptions(each).flatMap(({ flags, description }) => ['.TP', `.B ${roff(flags)}`, roff(description)]),
  ]
}

/** Text as roff takes it: no escape sequence, no request, and hyphens that can be copied. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
    .replace(/[^\0-\x7e]/gu, (sign) => `\\[u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
}
