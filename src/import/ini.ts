import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { SipguardError } from '../errors.ts'

/** More than any file of Fail2Ban's has; what is larger is something else. */
const LONGEST_FILE = 1024 * 1024
const MOST_FILES = 200

/** One line of a value, and where it stands, `FILE:LINE`. */
export interface ValueLine {
  readonly text: string
  readonly place: string
}
/** A value; most have one line, failregex and logpath may have many. */
export type Value = readonly ValueLine[]
/** By the name of the section, then of the option in lower case. */
export type Sections = Map<string, Map<string, Value>>

/** The folder of an installation. Nothing outside of it is read, and nothing in it is run. */
export interface Installation {
  /** Paths of the files `pattern` (a folder's `*.conf`, or one file) below the folder, sorted. */
  list(folder: string, ending: string): string[]
  isThere(path: string): boolean
  /**
   * Files in their order, the later over the earlier, each with what its [INCLUDES] names and with its `.local` (configparserinc.py);
   * `%(known/x)s` is x as it was before the file.
   * @throws SipguardError CONFIG_INVALID with the place, CONFIG_UNREADABLE
   */
  read(paths: readonly string[]): Sections
}

/** @throws SipguardError CONFIG_UNREADABLE where there is no such folder */
export function openInstallation(folder: string): Installation {
  const root = attempt(folder, () => {
    if (!statSync(folder).isDirectory()) throw new Error('it is no folder')
    return realpathSync(folder)
  })
  const shown = (path: string) => join(folder, relative(root, path))
  const isThere = (path: string) => statSync(resolve(root, path), { throwIfNoEntry: false })?.isFile() === true

  /** `by` names the include. */
  function textOf(path: string, by: string | null): string {
    const told = shown(path)
    const real = attempt(told, () => realpathSync(path))
    if (real !== root && !real.startsWith(`${root}${sep}`)) throw invalid(by ?? told, `${told} lies outside of ${folder}, and is not read`)
    return attempt(told, () => {
      const stats = statSync(real)
      if (!stats.isFile() || stats.size > LONGEST_FILE) throw new Error('it is no file of at most 1 MiB')
      return readFileSync(real, 'utf8')
    })
  }

  /** The file and what it includes, in the order in which they count. */
  function withIncludes(path: string, by: string | null, above: readonly string[], found: Sections[]): void {
    if (above.includes(path)) throw invalid(by ?? shown(path), `${shown(path)} includes itself`)
    if (above.length + found.length > MOST_FILES) throw invalid(by ?? shown(path), `more than ${MOST_FILES} files are included`)
    const sections = parseIni(shown(path), textOf(path, by))
    const include = (key: string) => {
      for (const { text, place } of sections.get('INCLUDES')?.get(key) ?? []) {
        for (const name of withLocal(resolve(dirname(path), text))) withIncludes(name, place, [...above, path], found)
      }
    }
    include('before')
    found.push(sections)
    include('after')
  }
  /** As Fail2Ban does: what an include names and is not there is passed over. */
  const withLocal = (path: string) =>
    [path, path.replace(/\.[^./]*$/, '.local')].filter((name, i, all) => all.indexOf(name) === i && isThere(name))

  return {
    isThere,
    list(folder, ending) {
      const path = resolve(root, folder)
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return []
      const names = attempt(shown(path), () => readdirSync(path))
      return names
        .filter((name) => name.endsWith(ending))
        .sort()
        .map((name) => join(folder, name))
    },
    read(paths) {
      const found: Sections[] = []
      for (const path of paths) withIncludes(resolve(root, path), null, [], found)
      const merged: Sections = new Map()
      for (const sections of found) merge(merged, sections)
      return merged
    },
  }
}

/** Sections of one file, as Python's configparser reads it with `;` for comments within a line. @throws SipguardError CONFIG_INVALID */
export function parseIni(path: string, text: string): Sections {
  const sections: Sections = new Map()
  let section: Map<string, Value> | null = null
  let key: string | null = null
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const place = `${path}:${i + 1}`
    if (/^\s*(?:[#;].*)?$/.test(line)) continue
    const [, name] = /^\[([^\]]+)\]/.exec(line) ?? []
    const mark = /^[\s=:[]/.test(line) ? -1 : line.search(/[=:]/)
    if (name !== undefined) {
      section = sections.get(name) ?? new Map<string, Value>()
      sections.set(name, section)
      key = null
    } else if (section === null) throw invalid(place, 'expected a [section] first')
    else if (mark > 0) {
      key = line.slice(0, mark).trim().toLowerCase()
      section.set(key, lineOf(line.slice(mark + 1), place))
    } else if (key !== null && /^\s/.test(line)) section.set(key, [...(section.get(key) ?? []), ...lineOf(line, place)])
    else throw invalid(place, 'expected an option = value, a [section] or a comment')
  }
  return sections
}

function lineOf(text: string, place: string): Value {
  const bare = text.replace(/(?:^|\s);.*$/, '').trim()
  return bare === '' ? [] : [{ text: bare, place }]
}

function merge(into: Sections, from: Sections): void {
  for (const [name, options] of from) {
    if (name === 'INCLUDES') continue
    const before = new Map(into.get(name))
    const known = (key: string) => before.get(key) ?? into.get('DEFAULT')?.get(key)
    const section = into.get(name) ?? new Map<string, Value>()
    into.set(name, section)
    for (const [key, value] of options)
      section.set(
        key,
        value.flatMap((line) => withKnown(line, known)),
      )
  }
}

/** Lines that are taken over whole keep their place. */
function withKnown({ text, place }: ValueLine, known: (key: string) => Value | undefined): Value {
  const [, whole = ''] = /^%\(known\/([^)\s]{1,200})\)s$/i.exec(text) ?? []
  const lines = known(whole.toLowerCase())
  if (lines !== undefined) return lines
  const joined = text.replace(/%\(known\/([^)\s]{1,200})\)s/gi, (tag, key: string) => {
    const value = known(key.toLowerCase())
    return value === undefined ? tag : value.map((line) => line.text).join('\n')
  })
  if (joined.length > LONGEST_FILE) throw invalid(place, 'a value that grows without end')
  return [{ text: joined, place }]
}

export function invalid(place: string, message: string): SipguardError {
  return new SipguardError('CONFIG_INVALID', `${place}: ${message}`)
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new SipguardError('CONFIG_UNREADABLE', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}
