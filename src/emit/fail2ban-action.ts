import { comment, entry, iniValue, OURS } from './ini.ts'

/** What Fail2Ban's shell runs; both are words for a shell. */
export interface Command {
  readonly program: string
  /** sipguard's state directory; null: the default one. */
  readonly state: string | null
}

/** A command line of sipguard as a value. */
export function commandLine({ program, state }: Command, words: string): string {
  return iniValue(`${program} ${words}${state === null ? '' : ` --state ${state}`}`)
}

/** For action.d: hands each ban of Fail2Ban to sipguard. */
export function actionFile(command: Command): string {
  return [
    `${OURS}, which replaces this file; put changes into a .local file beside it.`,
    ...comment(`Hands the bans of Fail2Ban to sipguard, which must be running (sipguard watch). The parameter name is the sipguard jail.
Where it does not run, take the action out of the jail: Fail2Ban bans by itself, and asks for the allow list without it.`),
    '',
    '[Definition]',
    '',
    ...comment('What Fail2Ban restores when it starts has been handed over before.'),
    'norestored = 1',
    '',
    'actionstart =',
    'actionstop =',
    'actioncheck =',
    '',
    entry('actionban', [commandLine(command, 'ban <ip> --jail <name> --for <bantime>')]),
    '',
    ...comment(`A ban ends by its own time. To lift it here would lift every ban of this address, whoever decided it, and a stop or a
restart of Fail2Ban unbans all that it knows. To lift one by hand: sipguard unban ADDRESS.`),
    'actionunban =',
    'actionflush = true',
    '',
    '[Init]',
    '',
    'name = fail2ban',
    '',
  ].join('\n')
}
