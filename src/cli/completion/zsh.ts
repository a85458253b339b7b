import { allFlags, asking, type Node, nextWords, steps, valueOptions } from './model.ts'

const TYPED = `"\${(@)words[2,CURRENT-1]}"`

/** Works from a file `_sipguard` in fpath, and sourced. */
export function zshCompletion(nodes: readonly Node[]): string {
  const values = valueOptions(nodes).map(({ at, values, live }) => {
    const offers = live.length > 0 ? `\${(f)"$(${asking(live, 'zsh', TYPED)})"}` : values.join(' ')
    return `    (${at.map(quote).join('|')}) offers=(${offers}) ;;`
  })
  const words = nodes.map(
    (node) => `      (${quote(node.path)}) offers=(${nextWords(node).join(' ')}) options=(${allFlags(node).join(' ')}) ;;`,
  )
  const live = nodes
    .filter((node) => node.live.length > 0)
    .map((node) => `        (${quote(node.path)}) offers=(\${(f)"$(${asking(node.live, 'zsh', TYPED)})"}) ;;`)
  return `#compdef sipguard
# zsh completion for sipguard: sipguard completion zsh > /usr/local/share/zsh/site-functions/_sipguard
_sipguard() {
  local at='' word before="\${words[CURRENT-1]}"
  local -a offers options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
      (${steps(nodes).map(quote).join('|')}) at="\${at:+$at }$word" ;;
    esac
  done
  if [[ $PREFIX == --*=* ]]; then
    before="\${PREFIX%%=*}"
    compset -P 1 '*='
  fi
  case "$at $before" in
${values.join('\n')}
    (*) case "$at" in
${words.join('\n')}
      esac
      if [[ $PREFIX == -* ]]; then offers=("\${options[@]}")
      else case "$at" in
${live.join('\n')}
      esac
      fi ;;
  esac
  if (( \${#offers} )); then compadd -a offers; else _files; fi
}
if [[ \${funcstack[1]} == _sipguard ]]; then _sipguard "$@"; else compdef _sipguard sipguard; fi`
}

const quote = (text: string) => `'${text}'`
