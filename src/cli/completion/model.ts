import type { Command, Option } from 'commander'
import type { KnownWords } from './known.ts'

/** One command with what may follow it. */
export interface Node {
  /** `allow add`; the program itself is the empty string. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  /** Values its arguments may have, where they are a fixed set. */
  readonly choices: readonly string[]
  /** What its arguments may be that a daemon knows. */
  readonly live: readonly KnownWords[]
  readonly options: readonly OptionNode[]
}

export interface OptionNode {
  /** `-h`, `--help`. */
  readonly flags: readonly string[]
  readonly description: string
  /** Null: takes no value. Empty: any value. */
  readonly values: readonly string[] | null
  readonly live: readonly KnownWords[]
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
      live: LIVE[path] ?? [],
      options: help.visibleOptions(command).map((option) => optionNode(option, path)),
    }
    return [node, ...commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trimStart()))]
  }
  return walk(program, '')
}

function optionNode(option: Option, path: string): OptionNode {
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
    description: option.description,
    values: option.required || option.optional ? (option.argChoices ?? []) : null,
    live: LIVE[`${path} ${option.long}`] ?? [],
  }
}

/** `parent child` of every command, as the scripts' loops match them: the parent's path, a space, the name. */
export const steps = (nodes: readonly Node[]): string[] => nodes.flatMap((node) => node.commands.map(({ name }) => `${node.path} ${name}`))

/** `path --flag` of every option that takes a value, with what is known of the values. */
export const valueOptions = (
  nodes: readonly Node[],
): (Pick<OptionNode, 'live'> & { readonly at: string[]; readonly values: readonly string[] })[] =>
  nodes.flatMap((node) =>
    node.options.flatMap(({ flags, values, live }) =>
      values === null ? [] : [{ at: flags.map((flag) => `${node.path} ${flag}`), values, live }],
    ),
  )

/** What may stand as the next word that is not an option. */
export const nextWords = (node: Node): string[] => [...node.commands.map(({ name }) => name), ...node.choices]

export const allFlags = (node: Node): string[] => node.options.flatMap(({ flags }) => flags)

/** Where a daemon knows the next word: behind a command, or behind an option that takes a value. */
export const LIVE: Readonly<Record<string, readonly KnownWords[]>> = {
  unban: ['banned'],
  why: ['banned'],
  status: ['banned', 'users'],
  'allow rm': ['allowed'],
  'ban --jail': ['jails'],
  'filter check': ['filters'],
  'filter test': ['filters'],
  'phones show': ['extensions'],
  'phones move': ['macs'],
  'phones list --mac': ['macs'],
  'phones list --ip': ['phone-addresses'],
  'users --domain': ['domains'],
  'events --ip': ['banned'],
  'events --user': ['user-names'],
  'events --domain': ['domains'],
  'audit --target': ['banned', 'allowed'],
  'token rm': ['tokens'],
}

/**
 * The commands that print these words, a line each; nothing where no daemon answers.
 * @param typed what gives the words typed so far, in that shell: they may name the daemon
 */
export const asking = (words: readonly KnownWords[], shell: string, typed: string): string =>
  words.map((kind) => `sipguard completion ${shell} --words ${kind} -- ${typed} 2>/dev/null`).join('; ')
