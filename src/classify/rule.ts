import type { Filter, FilterRule } from '../config/types.ts'
import { SipguardError } from '../errors.ts'
import { NO_FIELDS } from '../no-fields.ts'
import type { Automaton } from '../pattern/automaton.ts'
import { type OneWay, oneWay } from '../pattern/one-way.ts'
import { ruleAutomaton, ruleSource } from '../pattern/shape.ts'
import { FIELD_TAGS, type FieldName, hasTopLevelAlternative } from '../pattern/template.ts'
import { COUNTED_KINDS, type EventFields, type SipEvent } from '../types.ts'
import { makeEvent, NOTHING_READ, PLACE_NAMES } from './event.ts'

type GroupName = FieldName | 'addr' | 'port'

/** A rule that can be run on text that holds one character a byte. Each part of it is made when it is first asked for: a log meets few of the rules. */
export class CompiledRule {
  readonly rule: FilterRule
  /** Name of its filter. */
  readonly filter: string
  /** Whether its events count, when they have an address. */
  readonly counts: boolean
  /** Whether they name an address. */
  readonly hasAddress: boolean
  /** What its `set` says. Alike in shape for all rules: V8 reads that the quickest. */
  readonly set: Readonly<EventFields>
  #source: string | undefined
  #numbered: Numbered | undefined
  #regexp: RegExp | undefined
  #ignore: RegExp | null | undefined
  #literal: string | undefined
  #reader: OneWay | null | undefined
  #automaton: Automaton | null | undefined
  #bare: SipEvent | undefined

  constructor(filter: Filter, rule: FilterRule) {
    this.rule = rule
    this.filter = filter.name
    this.hasAddress = rule.failregex.includes('<ADDR>')
    this.set = { ...NO_FIELDS, ...rule.set }
    this.counts = rule.counted && !rule.shadow && COUNTED_KINDS.has(rule.kind)
  }

  /** As the rule is written. @throws SipguardError CONFIG_INVALID, like all below, for what is outside the pattern language */
  get source(): string {
    this.#source ??= ruleSource(this.rule.failregex, this.rule.ipv6)
    return this.#source
  }

  /** Sticky: set lastIndex to the message's start; matches to the end of the line. */
  get regexp(): RegExp {
    this.#regexp ??= new RegExp(`(?:${this.#numbers.numbered})$`, 'sy')
    return this.#regexp
  }

  /** Number of the group that holds each field; 0: it has none. */
  get groups(): Readonly<Record<GroupName, number>> {
    return this.#numbers.groups
  }

  get #numbers(): Numbered {
    this.#numbered ??= numberGroups(this.source)
    return this.#numbered
  }

  get ignore(): RegExp | null {
    if (this.#ignore === undefined) this.#ignore = ignoring(this.rule)
    return this.#ignore
  }

  /** What the message must begin with; checked before the regular expression. */
  get literal(): string {
    this.#literal ??= leadingLiteral(this.source)
    return this.#literal
  }

  /** Reads a message whose reading settles what the filter says of it; null: it is not proved, ignores something, or cannot be read one way. */
  get reader(): OneWay | null {
    if (this.#reader === undefined) this.#reader = maySettle(this.rule) ? oneWay(this.source, PLACE_NAMES) : null
    return this.#reader
  }

  /** Of its messages, and more: ADDRESSES_AND_MORE. Null for a rule that is outside what the proof can read. */
  get automaton(): Automaton | null {
    if (this.#automaton === undefined) this.#automaton = automatonOf(this.rule)
    return this.#automaton
  }

  /** An event of it without its fields: but for the time, all are alike. */
  bareEvent(atMs: number): SipEvent {
    this.#bare ??= makeEvent(this, NOTHING_READ, 0)
    return { ...this.#bare, atMs }
  }
}

const ignoring = ({ ignoreregex, ipv6 }: FilterRule): RegExp | null =>
  ignoreregex === null ? null : new RegExp(`(?:${ruleSource(ignoreregex, ipv6)})$`, 'sy')

const maySettle = ({ verdict, ignoreregex }: FilterRule): boolean => verdict === 'proved' && ignoreregex === null

/** Addresses, and more, by a tenth of the states: rules that are apart with these are apart with addresses. */
export const ADDRESSES_AND_MORE = {
  any: '\\[[0-9A-Fa-f:.]+\\]|\\d+\\.[\\d.]+|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+',
  bracketed: '\\[[0-9A-Fa-f:.]+\\]|\\d+\\.[\\d.]+',
} as const

function automatonOf(rule: FilterRule): Automaton | null {
  try {
    return ruleAutomaton(rule, ADDRESSES_AND_MORE[rule.ipv6])
  } catch (error) {
    if (error instanceof SipguardError) return null
    throw error
  }
}

const NO_GROUPS = Object.fromEntries(['addr', 'port', ...Object.values(FIELD_TAGS)].map((name) => [name, 0])) as Record<GroupName, number>
const ESCAPE_CLASS_OR_GROUP = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?<(\w+)>|(?!\?))/gs

interface Numbered {
  readonly numbered: string
  readonly groups: Readonly<Record<GroupName, number>>
}

/** Takes the names off the groups: a match with names costs V8 an object more. */
function numberGroups(source: string): Numbered {
  const groups = { ...NO_GROUPS }
  let count = 0
  const numbered = source.replace(ESCAPE_CLASS_OR_GROUP, (part: string, name: GroupName | undefined) => {
    if (!part.startsWith('(')) return part
    count++
    if (name !== undefined) groups[name] = count
    return '('
  })
  return { numbered, groups }
}

/** The longest text that every match of a regular expression begins with, as far as plain characters and escapes tell. */
export function leadingLiteral(source: string): string {
  let literal = ''
  for (let i = 0; i < source.length; i++) {
    const char = source[i] as string
    let plain = char
    let next = i + 1
    if (char === '\\') {
      const escaped = source[i + 1] ?? ''
      if (!/[^\w]/.test(escaped)) break
      plain = escaped
      next = i + 2
    } else if ('.*+?()[]{}|^$'.includes(char)) break
    if ('*?{+'.includes(source[next] ?? ' ')) {
      if (source[next] === '+') literal += plain
      break
    }
    literal += plain
    i = next - 1
  }
  return source.includes('|') && hasTopLevelAlternative(source) ? '' : literal
}
