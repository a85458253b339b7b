import { asking, type Node, nextWords, type OptionNode, steps } from './model.ts'

const TYPED = '(commandline -opc)[2..-1]'

export function fishCompletion(nodes: readonly Node[]): string {
  return `# fish completion for sipguard: sipguard completion fish > ~/.config/fish/completions/sipguard.fish
function __sipguard_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
            case ${steps(nodes).map(quote).join(' ')}
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end
${nodes.flatMap(completions).join('\n')}`
}

function completions(node: Node): string[] {
  const described = new Map(node.commands.map(({ name, description }) => [name, description]))
  const condition = `complete -c sipguard -n "__sipguard_at ${quote(node.path)}"`
  return [
    ...nextWords(node).map((word) => `${condition} -f -a ${word} -d ${quote(described.get(word) ?? '')}`),
    ...node.options.map((option) => `${condition}${flags(option)} -d ${quote(option.description)}`),
    ...(node.live.length > 0 ? [`${condition} -f -a ${quote(`(${asking(node.live, 'fish', TYPED)})`)} -d known`] : []),
  ]
}

function flags({ flags, values, live }: OptionNode): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`)).join('')
  if (values === null) return names
  if (live.length > 0) return `${names} -xa ${quote(`(${asking(live, 'fish', TYPED)})`)}`
  return values.length === 0 ? `${names} -r` : `${names} -xa ${quote(values.join(' '))}`
}

const quote = (text: string) => `'${text.replace(/[\\']/g, '\\$&')}'`
