import { allFlags, LIVE, type Node, nextWords, steps, valueOptions } from './model.ts'

/** Needs bash 4.3, but not the bash-completion package. */
export function bashCompletion(nodes: readonly Node[]): string {
  const values = valueOptions(nodes).map(({ at, values }) => `    ${at.map(quote).join('|')}) words=${quote(values.join(' '))} ;;`)
  const words = nodes.map(
    (node) => `      ${quote(node.path)}) words=${quote(nextWords(node).join(' '))} options=${quote(allFlags(node).join(' '))} ;;`,
  )
  const live = LIVE.map(({ at, script }) => `        ${quote(at)}) words="$(${script})" ;;`)
  return `# bash completion for sipguard: sipguard completion bash > /etc/bash_completion.d/sipguard
_sipguard() {
  local line="\${COMP_LINE:0:COMP_POINT}" at='' cur='' word words='' options=''
  local -a typed
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
  case "$at \${typed[-1]}" in
${values.join('\n')}
    *) case "$at" in
${words.join('\n')}
      esac
      if [[ $cur == -* ]]; then words="$options"
      else case "$at" in
${live.join('\n')}
      esac
      fi ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  # Where readline breaks words at colons it has the front of an IPv6 address already.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${cur%"\${cur##*:}"}"}")
  fi
}
complete -o default -F _sipguard sipguard`
}

const quote = (text: string) => `'${text}'`
