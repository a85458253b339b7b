import type { EventEmitter } from 'node:events'
import type { AddHelpTextContext, Command } from 'commander'

const INDENT = '  sipguard '

/** The end of a command's help: command lines that work, without the program's name. For `addHelpText('after', …)`. */
export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => INDENT + line).join('\n')}`

/** The command lines in a command's help, without the program's name. */
export function examplesOf(command: Command): string[] {
  let text = ''
  const write = (part: string) => {
    text += part
  }
  // What commander itself does for --help; its types leave out that a Command is an EventEmitter.
  const emitter = command as unknown as EventEmitter
  emitter.emit('afterHelp', { error: false, command, write } satisfies AddHelpTextContext & { readonly write: typeof write })
  return text.split('\n').flatMap((line) => (line.startsWith(INDENT) ? [line.slice(INDENT.length)] : []))
}

/** Commands that only hold others show the first example of each. */
export function addGroupExamples(command: Command): void {
  for (const child of command.commands) {
    if (child.commands.length === 0) continue
    addGroupExamples(child)
    child.addHelpText('after', () => examples(...child.commands.flatMap((each) => examplesOf(each).slice(0, 1))))
  }
}
