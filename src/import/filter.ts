import { type Installation, invalid, type ValueLine } from './ini.ts'
import { valuesOf } from './values.ts'

const LONGEST_SPEC = 2000

/** A filter of Fail2Ban with its options put in. */
export interface TheirFilter {
  /** As the jail names it, `freeswitch[mode=extra]`. */
  readonly spec: string
  readonly failregex: readonly ValueLine[]
  readonly ignoreregex: readonly ValueLine[]
  /** What each of its failregexes may begin with: `__prefix_line` and `log_prefix`, spelled out. */
  readonly prefixes: readonly string[]
  /** What it sets besides. */
  readonly prefregex: ValueLine | null
  readonly datepattern: ValueLine | null
  readonly maxlines: ValueLine | null
  readonly journalmatch: ValueLine | null
}

/** @throws SipguardError CONFIG_INVALID, with the jail's place where there is no such filter; as Installation.read */
export function readFilter(installation: Installation, spec: string, jailPlace: string): TheirFilter {
  const [, name = '', options = ''] = /^([\w.-]+)\s*(?:\[(.*)\])?$/s.exec(spec.trim()) ?? []
  const files = ['.conf', '.local'].map((ending) => `filter.d/${name}${ending}`).filter(installation.isThere)
  if (name === '' || spec.length > LONGEST_SPEC || files.length === 0)
    throw invalid(jailPlace, `there is no filter.d/${name || spec.slice(0, 80)}.conf`)
  const values = valuesOf(installation.read(files), 'Definition', optionsOf(options))
  const first = (key: string) => values.tagged(key)[0] ?? null
  const prefixes = ['__prefix_line', 'log_prefix'].flatMap((key) => (values.has(key) ? values.tagged(key).map(({ text }) => text) : []))
  return {
    spec,
    failregex: values.tagged('failregex'),
    ignoreregex: values.tagged('ignoreregex'),
    prefixes,
    prefregex: first('prefregex'),
    datepattern: first('datepattern'),
    maxlines: first('maxlines'),
    journalmatch: first('journalmatch'),
  }
}

/** `mode=ddos, port="a,b"`: fail2ban/helpers.py extractOptions. */
function optionsOf(text: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const [, key = '', quoted, single, bare = ''] of text.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,\]]*))/g)) {
    options.set(key.toLowerCase(), quoted ?? single ?? bare.trim())
  }
  return options
}
