import type { Command } from 'commander'
import * as main from '../src/cli/main.ts'
import { loadVerbs } from '../src/cli/verbs/index.ts'

/** Under what people want to do. */
export const VERBS = await loadVerbs()

/** The program with all its commands. */
export const createProgram = (writeOut?: (text: string) => void) => main.createProgram(VERBS, writeOut)

/** Words of a shell line as far as documentation needs them: quotes, and an end at |, ;, &, > and comments. */
export function words(line: string): string[] {
  const end = /(?:^|\s)(?:[|;&>#]|2>)/
  const found: string[] = []
  for (const [, single, double, bare] of line.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)) {
    if (bare !== undefined && end.test(bare)) break
    found.push(single ?? double ?? bare ?? '')
  }
  return found
}

/** Parses as the program would, and runs nothing. @throws CommanderError */
export function parse(argv: readonly string[]): void {
  const program = createProgram()
  const disarm = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} })
    if (command.commands.length === 0) command.action(() => {})
    for (const child of command.commands) disarm(child)
  }
  disarm(program)
  program.parse(argv as string[], { from: 'user' })
}

/** Every command of the program by its path, groups too; the program itself is the empty path. */
export function commandTree(command: Command = createProgram(), path: readonly string[] = []): [path: string, command: Command][] {
  return [[path.join(' '), command], ...command.commands.flatMap((child) => commandTree(child, [...path, child.name()]))]
}
