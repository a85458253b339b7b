import type { Tree } from './tree.ts'

const FOLDER = '/etc/fail2ban'

/** A jail of Fail2Ban that is enabled. */
export interface Fail2BanJail {
  readonly name: string
  /** As the jail says it, `asterisk`, `freeswitch[mode=extra]`. */
  readonly filter: string
  /** Paths and globs. */
  readonly logpaths: readonly string[]
  /** Where its section stands, `FILE:LINE:COL`. */
  readonly place: string
}

interface Value {
  readonly text: string
  readonly place: string
}

/**
 * The enabled jails of an installed Fail2Ban, as far as doctor and init must know them: jail.conf, jail.d/*.conf, jail.local, jail.d/*.local,
 * the later over the earlier (jail.conf(5)), with `%(name)s` put in. What an INCLUDES section names is not read.
 */
export function fail2banJails(tree: Tree): Fail2BanJail[] {
  const sections = new Map<string, Map<string, Value>>()
  const paths = ['jail.conf', 'jail.d/*.conf', 'jail.local', 'jail.d/*.local'].flatMap((name) => tree.glob(`${FOLDER}/${name}`))
  for (const path of paths) readInto(sections, path, tree.read(path) ?? '')
  const defaults = sections.get('DEFAULT') ?? new Map<string, Value>()
  return [...sections].flatMap(([name, own]) => {
    if (name === 'DEFAULT' || name === 'INCLUDES') return []
    const textOf = (key: string) => interpolate(new Map([...defaults, ...own, ['__name__', { text: name, place: '' }]]), key)
    if (!/^(?:true|yes|on|1)$/i.test(textOf('enabled'))) return []
    const place = own.get('enabled')?.place ?? own.values().next().value?.place ?? FOLDER
    // fail2ban/client/jailreader.py: a path may be followed by `head` or `tail`.
    const logpaths = textOf('logpath')
      .split('\n')
      .map((line) => line.trim().replace(/\s+(?:head|tail)$/, ''))
    return [{ name, filter: textOf('filter') || name, logpaths: logpaths.filter((path) => path !== ''), place }]
  })
}

function readInto(sections: Map<string, Map<string, Value>>, path: string, text: string): void {
  let section: Map<string, Value> | null = null
  let key: string | null = null
  text.split('\n').forEach((line, i) => {
    if (/^\s*[#;]/.test(line)) return
    const [heading, name = ''] = /^\[([^\]]+)\]/.exec(line) ?? []
    const [, ownKey, value = ''] = /^([^\s=:[][^=:]*?)\s*[=:]\s*(.*)$/.exec(line) ?? []
    if (heading !== undefined) {
      section = sections.get(name) ?? new Map()
      sections.set(name, section)
      key = null
    } else if (ownKey !== undefined) {
      key = ownKey.toLowerCase()
      section?.set(key, { text: withoutComment(value), place: `${path}:${i + 1}:1` })
    } else if (key !== null && section !== null && /^\s+\S/.test(line)) {
      const before = section.get(key)!
      section.set(key, { ...before, text: `${before.text}\n${withoutComment(line.trim())}` })
    }
  })
}

/** A ` ;` or ` #` begins one within a line (fail2ban/client/configparserinc.py). */
const withoutComment = (value: string) => value.replace(/\s[#;].*$/, '').trim()

/** A value with what it names put in; what is unknown stays. */
function interpolate(values: ReadonlyMap<string, Value>, key: string, depth = 0): string {
  const text = values.get(key)?.text ?? ''
  if (depth > 10) return text
  return text.replace(/%\(([\w/.]+)\)s/g, (found, name: string) => (values.has(name) ? interpolate(values, name, depth + 1) : found))
}
