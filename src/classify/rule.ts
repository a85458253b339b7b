import type { Filter, FilterRule } from '../config/types.ts'
import { ruleSource } from '../pattern/shape.ts'
import { hasTopLevelAlternative } from '../pattern/template.ts'

/** A rule ready to run on text that holds one character a byte. */
export interface CompiledRule {
  readonly filter: string
  readonly rule: FilterRule
  /** Sticky: set lastIndex to the message's start; matches to the end of the line. */
  readonly regexp: RegExp
  readonly ignore: RegExp | null
  /** What the message must begin with; checked before the regular expression. */
  readonly literal: string
}

/** @throws SipguardError CONFIG_INVALID for what is outside the pattern language */
export function compileRule(filter: Filter, rule: FilterRule): CompiledRule {
  const source = ruleSource(rule.failregex, rule.ipv6)
  return {
    filter: filter.name,
    rule,
    regexp: new RegExp(`(?:${source})$`, 'sy'),
    ignore: rule.ignoreregex === null ? null : new RegExp(`(?:${ruleSource(rule.ignoreregex, rule.ipv6)})$`, 'sy'),
    literal: leadingLiteral(source),
  }
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
