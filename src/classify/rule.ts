import type { Filter, FilterRule } from '../config/types.ts'
import { ruleSource } from '../pattern/shape.ts'
import { FIELD_TAGS, type FieldName, hasTopLevelAlternative } from '../pattern/template.ts'
import { COUNTED_KINDS } from '../types.ts'

type GroupName = FieldName | 'addr' | 'port'

/** A rule ready to run on text that holds one character a byte. */
export interface CompiledRule {
  readonly filter: string
  readonly rule: FilterRule
  /** Sticky: set lastIndex to the message's start; matches to the end of the line. */
  readonly regexp: RegExp
  /** Number of the group that holds each field; 0: it has none. */
  readonly groups: Readonly<Record<GroupName, number>>
  /** Whether its events count, when they have an address. */
  readonly counts: boolean
  readonly ignore: RegExp | null
  /** What the message must begin with; checked before the regular expression. */
  readonly literal: string
}

/** @throws SipguardError CONFIG_INVALID for what is outside the pattern language */
export function compileRule(filter: Filter, rule: FilterRule): CompiledRule {
  const source = ruleSource(rule.failregex, rule.ipv6)
  const { numbered, groups } = numberGroups(source)
  return {
    filter: filter.name,
    rule,
    regexp: new RegExp(`(?:${numbered})$`, 'sy'),
    groups,
    counts: rule.counted && !rule.shadow && COUNTED_KINDS.has(rule.kind),
    ignore: rule.ignoreregex === null ? null : new RegExp(`(?:${ruleSource(rule.ignoreregex, rule.ipv6)})$`, 'sy'),
    literal: leadingLiteral(source),
  }
}

const NO_GROUPS = Object.fromEntries(['addr', 'port', ...Object.values(FIELD_TAGS)].map((name) => [name, 0])) as Record<GroupName, number>
const ESCAPE_CLASS_OR_GROUP = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?<(\w+)>|(?!\?))/gs

/** Takes the names off the groups: a match with names costs V8 an object more. */
function numberGroups(source: string): { readonly numbered: string; readonly groups: CompiledRule['groups'] } {
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
