import { allFlags, asking, type Node, nextWords, steps, valueOptions } from './model.ts'

const TYPED = `"\${typed[@]:1}"`

/** Needs bash 4.3, but not the bash-completion package. Nothing that a daemon answers is expanded: `compgen -W` would run it. */
export function bashCompletion(nodes: readonly Node[]): string {
  const values = valueOptions(nodes).map(({ at, values, live }) => {
    const words = live.length > 0 ? `mapfile -t words < <(${asking(live, 'bash', TYPED)})` : `words=(${values.join(' ')})`
    return `    ${at.map(quote).join('|')}) ${words} ;;`
  })
  const words = nodes.map(
    (node) => `        ${quote(node.path)}) words=(${nextWords(node).join(' ')}) options=(${allFlags(node).join(' ')}) ;;`,
  )
  const live = nodes
    .filter((node) => node.live.length > 0)
    .map((node) => `        ${quote(node.path)}) mapfile -t words < <(${asking(node.live, 'bash', TYPED)}) ;;`)
  return `# bash completion for sipguard: sipguard completion bash > /etc/bash_completion.d/sipguard
_sipguard() {
  local line="\${COMP_LINE:0:COMP_POINT}" at='' cur='' word
  local -a typed words=() options=()
  read -ra typed <<<"$line"
  if [[ $line != *[[:space:]] ]]; then
    cur="\${typed[-1]}"
    unset 'typed[-1]'
  fi
  for word in "\${typed[@]:1}"; do
    case "$at $word" in
      ${steps(nodes).map(quote).join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  if [[ $cur == --*=* ]]; then
    typed+=("\${cur%%=*}")
    cur="\${cur#*=}"
  fi
  case "$at \${typed[-1]}" in
${values.join('\n')}
    *)
      case "$at" in
${words.join('\n')}
      esac
      if [[ $cur == -* ]]; then words=("\${options[@]}")
      else case "$at" in
${live.join('\n')}
      esac
      fi ;;
  esac
  COMPREPLY=()
  for word in "\${words[@]}"; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
  done
  # Where readline breaks words at colons it has the front of an IPv6 address already.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}")
  fi
}
complete -o default -F _sipguard sipguard`
}

const quote = (text: string) => `'${text}'`
