import type { ConfigurationFile } from './included.ts'

/** Scripts of OpenSIPS and Kamailio. What is taken out leaves blanks, so that an offset is the same place as in the file. */

const blank = (text: string) => text.replace(/[^\n]/g, ' ')

/** `#`, `//` and C comments, not within quotes; `#!ifdef` and its like are a `#` too. */
export function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\*[\s\S]*?\*\/|(?:#|\/\/)[^\n]*/g, (found) => (found.startsWith('"') ? found : blank(found)))
}

const DEFINE = /^#!(?:define|trydef|redefine)\s+(\w+)/gm
const DIRECTIVE = /^#!(ifdef|ifndef|else|endif)\b[ \t]*(\w*)/

/**
 * What of a script is in force: without its comments, and without the blocks that `#!ifdef` leaves out. A name is defined where any of the
 * files defines it; those that only the command line defines (`-A NAME`) are not known.
 */
export function activeScripts(files: readonly ConfigurationFile[]): ConfigurationFile[] {
  const defined = new Set(files.flatMap(({ text }) => [...text.matchAll(DEFINE)].map(([, name]) => name as string)))
  return files.map(({ path, text }) => ({ path, text: withoutComments(withoutBlocks(text, defined)) }))
}

function withoutBlocks(text: string, defined: ReadonlySet<string>): string {
  /** Of each open block, whether its present branch is in force. */
  const open: boolean[] = []
  return text
    .split('\n')
    .map((line) => {
      const [, directive, name = ''] = DIRECTIVE.exec(line) ?? []
      if (directive === 'else') open.push(!open.pop())
      else if (directive === 'endif') open.pop()
      else if (directive !== undefined) open.push(defined.has(name) === (directive === 'ifdef'))
      return open.every(Boolean) ? line : blank(line)
    })
    .join('\n')
}

export interface Parameter {
  readonly module: string
  readonly name: string
  readonly value: string
  readonly file: ConfigurationFile
  readonly index: number
}

const MODPARAM = /\bmodparam\s*\(\s*"([^"\n]+)"\s*,\s*"(\w+)"\s*,\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+))/g

/** All modparam() of scripts; one for several modules (`"a|b"`) counts for each. */
export function parametersOf(scripts: readonly ConfigurationFile[]): Parameter[] {
  return scripts.flatMap((file) =>
    [...file.text.matchAll(MODPARAM)].flatMap(({ index, 1: modules = '', 2: name = '', 3: text, 4: number }) =>
      modules.split('|').map((module) => ({ module, name, value: text ?? number ?? '', file, index })),
    ),
  )
}

const OPENED = /[{}]|"(?:[^"\\]|\\.)*"/g

/** The body of the block whose `{` follows an offset, as offsets of the text; to its end where nothing closes it. */
export function blockAfter(text: string, index: number): { readonly start: number; readonly end: number } {
  let depth = 0
  let start = text.length
  OPENED.lastIndex = index
  for (let found = OPENED.exec(text); found; found = OPENED.exec(text)) {
    if (found[0] === '{' && depth++ === 0) start = found.index + 1
    if (found[0] === '}' && --depth <= 0) return { start, end: found.index }
  }
  return { start, end: text.length }
}
