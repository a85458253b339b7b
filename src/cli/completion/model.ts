import type { Command, Option } from 'commander'

/** One command with what may follow it. */
export interface Node {
  /** `allow add`; the program itself is the empty string. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  /** Values its arguments may have, where they are a fixed set. */
  readonly choices: readonly string[]
  readonly options: readonly OptionNode[]
}

export interface OptionNode {
  /** `-h`, `--help`. */
  readonly flags: readonly string[]
  readonly description: string
  /** Null: takes no value. Empty: any value. */
  readonly values: readonly string[] | null
}

/** Every command of the program, parents first. */
export function completionModel(program: Command): Node[] {
  const help = program.createHelp()
  const walk = (command: Command, path: string): Node[] => {
    const commands = help.visibleCommands(command)
    const node: Node = {
      path,
      commands: commands.map((child) => ({ name: child.name(), description: child.description() })),
      choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
      options: help.visibleOptions(command).map(optionNode),
    }
    return [node, ...commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trimStart()))]
  }
  return walk(program, '')
}

function optionNode(option: Option): OptionNode {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    values: option.required || option.optional ? (option.argChoices ?? []) : null,
  }
}

/** `parent child` of every command, as the scripts' loops match them: the parent's path, a space, the name. */
export const steps = (nodes: readonly Node[]): string[] => nodes.flatMap((node) => node.commands.map(({ name }) => `${node.path} ${name}`))

/** `path --flag` of every option that takes a value, with the values. */
export const valueOptions = (nodes: readonly Node[]): { readonly at: string[]; readonly values: readonly string[] }[] =>
  nodes.flatMap((node) =>
    node.options.flatMap(({ flags, values }) => (values === null ? [] : [{ at: flags.map((flag) => `${node.path} ${flag}`), values }])),
  )

/** What may stand as the next word that is not an option. */
export const nextWords = (node: Node): string[] => [...node.commands.map(({ name }) => name), ...node.choices]

export const allFlags = (node: Node): string[] => node.options.flatMap(({ flags }) => flags)

/** Prints the words that the daemon knows for a command: of its JSON what `pattern` finds. No daemon means none. */
const asked = (list: string, pattern: string, words = '\\1'): string =>
  `sipguard ${list} --json 2>/dev/null | sed -n 's/.*${pattern}.*/${words}/p' | sort -u`

/** Only what no shell takes for more than a word gets through: attackers choose names, and quotes in them are escaped in JSON. */
const WORD = '[0-9A-Za-z][0-9A-Za-z._+-]*'
const BANNED = asked('bans', '"ip":"\\([0-9a-f.:]*\\)"')
const USERS = asked('users', `"user":"\\(${WORD}\\)","domain":"\\(${WORD}\\)"`, '\\1@\\2')

/** Commands whose next word the daemon knows, and the pipeline that prints them. */
export const LIVE: readonly { readonly at: string; readonly script: string; readonly description: string }[] = [
  { at: 'unban', script: BANNED, description: 'banned' },
  { at: 'status', script: `{ ${BANNED}; ${USERS}; }`, description: 'banned address or user' },
  { at: 'phones show', script: asked('phones list', `"extension_number":"\\(${WORD}\\)"`), description: 'extension' },
  { at: 'phones move', script: asked('phones list', '"mac_address":"\\([0-9a-f]\\{12\\}\\)"'), description: 'MAC' },
]
