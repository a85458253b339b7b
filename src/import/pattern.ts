import { type AST, RegExpParser } from '@eslint-community/regexpp'
import type { PrefixName } from '../config/types.ts'
import { FIELD_TAGS } from '../pattern/template.ts'

/** A failregex of Fail2Ban's in our language. */
export interface Translated {
  /**
   * One for each choice between words that it leaves open, so that each can be found among our rules; without anchors at their ends.
   * Where a port may be missing, PORT_MAYBE stands behind `<ADDR>`.
   */
  readonly branches: readonly string[]
  /** All of them in one. */
  readonly whole: string
  /** It may stand anywhere in a line. */
  readonly unanchored: boolean
  /** What reads otherwise here, but not wrongly. */
  readonly notes: readonly string[]
  /** What had to be left away, so that the branches match more than theirs; null: nothing. */
  readonly looser: string | null
}

/** Stands where theirs reads a port or none. No failregex holds a NUL. */
const PORT_MAYBE = '\0'
const MOST_BRANCHES = 64
const LONGEST = 8192
const MOST_GROUPS = 200
const ADDRESS_TAGS = /<(?:HOST|IP4|IP6|ADDR)>/g

/** What a caller's copy of the lines' beginnings looks like; our prefixes read it (src/pattern/prefix/). */
const BEGINNINGS: Readonly<Record<PrefixName, RegExp>> = {
  asterisk: /^(?:\\\[\\\]\\s\*|\.\*)?(?:NOTICE|SECURITY|WARNING|VERBOSE)(?:\.\*|\\S\*|%s|\[\^:\]\*)? ?(?:\.\*|\[\^:\]\+|\S+\.c): /,
  freeswitch: /^(?:\.\*)?\\\[(?:WARNING|WARN\(\?:ING\)\?)\\\] (?:sofia_reg\\\.c:\\d\+|\S+) /,
  kamailio: /^(?:\.\*)?(?:(?:NOTICE|INFO|WARNING|ERROR|ALERT): )?(?:<script>: )?/,
  opensips: /^(?:\.\*)?(?:(?:NOTICE|INFO|WARNING|ERROR|ALERT):)?\s?/,
}

/** What of Python's or Fail2Ban's language has no place in ours, and what stands for it. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /<SKIPLINES>|<F-MLF[A-Z]+\/?>|<F-NOFAIL\/?>/,
    'it reads several lines as one (<SKIPLINES>, <F-MLFID> and their like); a rule here reads one line',
  ],
  [/<(?:CIDR|SUBNET|DNS)>/, 'it reads a network or a name; a rule here reads an address'],
  [/\(\?[aiLmsux-]+[:)]/, 'it sets flags ((?i) and their like); case counts here'],
]

/** @returns why not, where it has no counterpart */
export function translate(failregex: string, server: PrefixName, prefixes: readonly string[]): Translated | string {
  if (failregex.length > LONGEST || failregex.split('(').length > MOST_GROUPS) return 'it is too long, or has too many groups'
  for (const [pattern, why] of REFUSED) if (pattern.test(failregex)) return why
  const notes: string[] = []
  if (failregex.includes('<HOST>')) notes.push('<HOST> also reads host names; here only addresses count')
  let text = failregex.replace(/^\\A/, '^').replace(/\\[zZ]$/, '$')
  const unanchored = !text.startsWith('^') || text.startsWith('^.*')
  if (unanchored)
    notes.push('it may stand anywhere in a line; here it must begin the message, for what stands before may be written by a caller')
  text = withoutBeginning(text.replace(/^\^/, ''), server, prefixes)
  text = isOpen(text) ? `${text.replace(/\.\*\??$/, '')}.*` : text.slice(0, -1)
  const { source: loose, looser } = plain(text)
  // What follows an address is no part of it.
  const source = loose.replace(/<ADDR>\.\*$/, '<ADDR>(?:[^0-9A-Za-z:.].*)?')
  if (!source.includes('<ADDR>')) return 'it names no address that stands in the line'
  const parsed = parse(source)
  if (parsed === null) return 'it is no regular expression that JavaScript and Python read alike'
  return { branches: branchesOf(parsed), whole: source, unanchored, notes, looser }
}

/** With a port, and without one. */
export function spellings(branch: string): string[] {
  return branch.includes(PORT_MAYBE) ? [branch.replace(PORT_MAYBE, ':<PORT>'), branch.replace(PORT_MAYBE, '')] : [branch]
}

/** For people. */
export const shown = (branch: string): string => branch.replace(PORT_MAYBE, '(?::<PORT>)?')

const isOpen = (text: string) => !/(?:^|[^\\])(?:\\\\)*\$$/.test(text)

function withoutBeginning(text: string, server: PrefixName, prefixes: readonly string[]): string {
  let rest = text
  for (const prefix of prefixes) {
    const from = [prefix, `(?:${prefix})`, `(${prefix})`].find((spelling) => spelling !== '' && rest.startsWith(spelling))
    if (from !== undefined) rest = rest.slice(from.length).replace(/^ |^\\s[*+]/, '')
  }
  return rest.replace(BEGINNINGS[server], '')
}

/** The tags and constructs of theirs in ours. */
function plain(text: string): { source: string; looser: string | null } {
  const away: string[] = []
  const drop = (what: string, by: string) => () => {
    away.push(what)
    return by
  }
  const seen = new Set<string>()
  const source = text
    .replace(ADDRESS_TAGS, '<ADDR>')
    .replace(/<F-([A-Z0-9_-]+)>(.*?)<\/F-\1>/gs, (_, tag: string, body: string) => {
      if (tag === 'PORT' && !seen.has(tag)) return '<PORT>'
      if (!Object.hasOwn(FIELD_TAGS, tag) || seen.has(tag) || body.includes('<')) return `(?:${body})`
      seen.add(tag)
      return `<F-${tag}>${body}</F-${tag}>`
    })
    .replace(/\(\?(?:=|!|<=|<!)(?:[^()\\]|\\.)*\)/g, drop('a look-around', ''))
    .replace(/\\[1-9]|\(\?P=\w+\)/g, drop('a back-reference', '.*'))
    .replace(/\\[bB]/g, drop('a word boundary', ''))
    .replace(/\(\?P<\w+>/g, '(?:')
    .replace(/<ADDR>(?:\((?:\?:)?:\\d[+*]\)\?|\(\?::\\d\{1,5\}\)\?)/g, `<ADDR>${PORT_MAYBE}`)
    .replace(/<ADDR>:\\d(?:[+*]|\{1,5\})/g, '<ADDR>:<PORT>')
  return { source, looser: away.length === 0 ? null : [...new Set(away)].join(' and ') }
}

function parse(source: string): AST.Pattern | null {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(source)
  } catch {
    return null
  }
}

/** Spells out choices between words and optional words; as it stands where that gives too many. */
function branchesOf(pattern: AST.Pattern): string[] {
  const all = spell(pattern.alternatives)
  return all.length <= MOST_BRANCHES ? all : [pattern.raw]
}

const spell = (alternatives: readonly AST.Alternative[]): string[] => alternatives.flatMap(({ elements }) => sequence(elements))

function sequence(elements: readonly AST.Element[]): string[] {
  return elements.reduce<string[]>(
    (before, element) => {
      if (before.length > MOST_BRANCHES) return before
      const next = choices(element)
      return before.flatMap((start) => next.map((end) => start + end))
    },
    [''],
  )
}

function choices(element: AST.Element): string[] {
  if (element.type === 'Quantifier' && element.min === 0 && element.max === 1 && hasWords(element.element.raw))
    return [...choices(element.element), '']
  const group = element.type === 'Group' || (element.type === 'CapturingGroup' && element.name === null) ? element : null
  if (group === null) return [element.raw]
  if (group.alternatives.every(({ raw }) => hasWords(raw))) return spell(group.alternatives)
  return [element.raw]
}

/** Whether it says something by itself: a word of two letters at least, or an address. */
function hasWords(raw: string): boolean {
  return /<ADDR>|[A-Za-z]{2}/.test(raw.replace(/\\.|\[(?:[^\]\\]|\\.)*\]/g, ' '))
}
