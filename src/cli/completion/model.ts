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

/** Prints the addresses that can be unbanned; nothing but an address gets through, and no daemon means none. */
export const BANNED = `sipguard bans --json 2>/dev/null | sed -n 's/.*"ip":"\\([0-9a-f.:]*\\)".*/\\1/p'`
