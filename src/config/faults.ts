import { SipguardError } from '../errors.ts'

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

interface Fault extends Place {
  readonly path: string
  readonly message: string
}

/** Everything that is wrong with a configuration and its files, gathered so that one run shows it all. */
export class Faults {
  readonly #list: Fault[] = []

  add(path: string, place: Place, message: string): void {
    const told = this.#list.some(
      (fault) => fault.path === path && fault.line === place.line && fault.column === place.column && fault.message === message,
    )
    if (!told) this.#list.push({ path, line: place.line, column: place.column, message })
  }

  get count(): number {
    return this.#list.length
  }

  /** What is wrong, without the places. */
  get messages(): string[] {
    return this.#list.map(({ message }) => message)
  }

  /** @throws SipguardError CONFIG_INVALID, one `FILE:LINE:COL: message` a line, each file's from its top to its end */
  throwIfAny(): void {
    if (this.#list.length === 0) return
    const files = [...new Set(this.#list.map((fault) => fault.path))]
    const sorted = this.#list.toSorted((a, b) => files.indexOf(a.path) - files.indexOf(b.path) || a.line - b.line || a.column - b.column)
    throw new SipguardError(
      'CONFIG_INVALID',
      sorted.map((fault) => `${fault.path}:${fault.line}:${fault.column}: ${fault.message}`).join('\n'),
    )
  }
}

/** A value as a message shows it: text in quotes, cut at 60 characters, without characters that a terminal would obey. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a mapping'
  if (typeof value !== 'string') return value === null ? 'nothing' : String(value)
  const cut = value.length > 60 ? `${value.slice(0, 60)}…` : value
  return `'${cut.replace(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)}'`
}
