import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit, type YAMLError, type YAMLWarning } from 'yaml'
import { readFile } from '../packaged.ts'
import { type Faults, type Place, show } from './faults.ts'
import { unreadable } from './package-files.ts'

/** A YAML file as plain values, and where each of them stands. */
export interface Document {
  readonly path: string
  readonly value: unknown
  /** Of the value at this path, or of the nearest thing around it that is there. */
  place(at: readonly PropertyKey[]): Place
  /** Of the key itself. */
  keyPlace(at: readonly PropertyKey[]): Place
}

const TOO_DEEP = 'YAML: nested too deeply'

/**
 * Reads one YAML 1.2 document, strictly: no second document, no duplicate key, no tag, no anchor or alias (so nothing can
 * grow when it is read), keys are plain text. Null when it has faults.
 * @throws SipguardError CONFIG_UNREADABLE
 */
export function readDocument(path: string, faults: Faults): Document | null {
  const text = readText(path, faults)
  if (text === null) return null
  const lines = new LineCounter()
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const before = faults.count
  const refuse = (offset: number, message: string) => faults.add(path, placeOf(offset), message)
  let yaml: ReturnType<typeof parseDocument>
  try {
    yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })
    const warnings = yaml.warnings.filter((warning) => warning.code !== 'TAG_RESOLVE_FAILED')
    for (const error of [...yaml.errors, ...warnings]) refuse(error.pos[0], explainSyntax(error, text))
    refuseTricks(yaml.contents, text, refuse)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    faults.add(path, { line: 1, column: 1 }, TOO_DEEP)
    return null
  }
  if (faults.count > before) return null

  const find = (at: readonly PropertyKey[]): { key: Node | null; value: Node | null } => {
    let found: { key: Node | null; value: Node | null } = { key: null, value: yaml.contents as Node | null }
    for (const step of at) {
      const { value } = found
      if (isMap(value)) {
        const pair = value.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
        if (!pair) break
        found = { key: pair.key as Node, value: pair.value as Node | null }
      } else if (isSeq(value) && value.items[Number(step)]) {
        found = { key: null, value: value.items[Number(step)] as Node }
      } else break
    }
    return found
  }
  const startOf = (node: Node | null) => placeOf(node?.range?.[0] ?? 0)
  return {
    path,
    value: yaml.toJS(),
    place: (at) => {
      const { key, value } = find(at)
      // `kind:` with nothing after it has an empty range somewhere behind the colon.
      const empty = !value?.range || value.range[0] === value.range[1]
      return startOf(empty && key ? key : value)
    },
    keyPlace: (at) => {
      const { key, value } = find(at)
      return startOf(key ?? value)
    },
  }
}

function readText(path: string, faults: Faults): string | null {
  let bytes: Buffer
  try {
    bytes = readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    faults.add(path, { line: 1, column: 1 }, 'YAML: the file is not UTF-8 text')
    return null
  }
}

/** YAML that reads as something else than it looks like, or that grows. */
function refuseTricks(contents: unknown, text: string, refuse: (offset: number, message: string) => void): void {
  visit(contents as Node | null, {
    Node: (_, node) => {
      const start = node.range?.[0] ?? 0
      if (isAlias(node)) {
        refuse(start, `'*${node.source}' is a YAML alias; write the value out, or put text that begins with * in quotes`)
        return
      }
      if (node.anchor) refuse(start, `'&${node.anchor}' is a YAML anchor; write the value out, or put text that begins with & in quotes`)
      if (node.tag) {
        const tag = /![^\s,[\]{}]*\s*$/.exec(text.slice(0, start))
        refuse(tag?.index ?? start, `${show(tag?.[0].trim() ?? node.tag)} is a YAML tag; put text that begins with ! in quotes`)
      }
    },
    Pair: (_, pair) => {
      if (isScalar(pair.key) && typeof pair.key.value === 'string') return
      const key = pair.key as Node | null
      if (!isAlias(key)) refuse(key?.range?.[0] ?? 0, `a key is plain text, got ${show(isScalar(key) ? key.value : {})}`)
    },
  })
}

function explainSyntax(error: YAMLError | YAMLWarning, text: string): string {
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^[^\s:]+/.exec(text.slice(error.pos[0]))?.[0] ?? ''
    return `key ${show(key)} stands twice`
  }
  if (error.code === 'MULTIPLE_DOCS') return 'YAML: a file holds one document, a second begins here'
  // The parser catches the engine's RangeError itself and makes a syntax error of it.
  if (/call stack/.test(error.message)) return TOO_DEEP
  return `YAML: ${error.message}`
}
