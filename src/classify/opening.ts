import { type AST, RegExpParser } from '@eslint-community/regexpp'
import type { Filter, FilterRule } from '../config/types.ts'
import { leastBytes } from '../pattern/least-bytes.ts'
import { SERVER_PREFIXES, SYSLOG_HEADERS, withPrograms } from '../pattern/prefix/index.ts'
import { namelessSource } from '../pattern/shape.ts'
import { leadingLiteral } from './rule.ts'

/** A shorter literal tells too little. */
const SHORTEST_LITERAL = 3
/** More of one is looked at only where it tells the rule from another: what is left to do is then seldom done in vain. */
const ENOUGH_OF_LITERAL = 12
/** So much is read of a rule that does not begin with a literal: at least. */
const LEAST_BYTES = 8

const FORGEABLE = '(?<forgeable>'
const SYSLOG = Object.values(SYSLOG_HEADERS)
/** Behind a header, or at its beginning, a line may hold JSON. */
const NESTED = ['\\{', '@cee: ']

/**
 * What every line begins with that a rule of these filters may know: a header, a lead, and the opening of a rule. As a regular expression
 * with groups by which an automaton tells what a byte belongs to: `sure0` … a header or own form, `time` in it; `unsure0` … one behind
 * which the plain way must read; `lead` what follows on one of them; `rule0` … the opening of each rule, counted over all filters; `other`
 * what is no opening of a rule. Null where a rule may begin with anything.
 */
export function openingSource(filters: readonly Filter[]): string | null {
  const openings = filters.map(({ rules }) => {
    const literals = rules.map(({ failregex, ipv6 }) => leadingLiteral(namelessSource(failregex, ipv6)))
    return rules.map((rule, index) => openingOf(rule, literals[index]!, literals))
  })
  if (openings.flat().includes(null)) return null
  let headers = 0
  let rules = 0
  const header = (name: 'sure' | 'unsure', forms: readonly string[]) =>
    forms.length === 0 ? [] : [`(?<${name}${headers++}>${either(forms)})`]
  const servers = new Set(filters.map(({ prefix }) => prefix))
  const foreign = Object.values(SERVER_PREFIXES).flatMap(({ name, own }) => (servers.has(name) ? [] : own))
  return [
    ...filters.map(({ prefix, programs }, index) => {
      const { lead, own, open } = SERVER_PREFIXES[prefix]
      // The plain way looks for own forms first, of all servers: of what may be read as both, the quick way is not sure.
      const before = [
        ...header(
          'sure',
          own.filter((form) => !form.includes(FORGEABLE)),
        ),
        ...header(
          'unsure',
          own.filter((form) => form.includes(FORGEABLE)),
        ),
        ...header(
          'sure',
          SYSLOG.map((form) => withPrograms(form, programs)),
        ),
      ]
      const known = (openings[index] as string[]).map((opening) => `(?<rule${rules++}>${opening})`)
      const other = `(?<other${index}>${either(open ? [...NESTED, open.lead] : NESTED)})`
      return `(?:${either(before)}(?<lead${index}>${lead})|${lead})${either([...known, other])}`
    }),
    ...header('unsure', foreign).map((form) => `${form}(?<none>[])`),
  ].join('|')
}

const either = (sources: readonly string[]) => `(?:${sources.join('|')})`

/** What every match of a rule begins with, and cannot be nothing; null where it can. `literal` is its own of `literals`. */
function openingOf({ failregex, ipv6 }: FilterRule, literal: string, literals: readonly string[]): string | null {
  if (literal.length >= SHORTEST_LITERAL) return literal.slice(0, tellingLength(literal, literals)).replace(/\W/g, '\\$&')
  const { alternatives } = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(namelessSource(failregex, ipv6))
  const cut = alternatives.map(({ elements }) => firstOf(elements))
  return cut.includes(null) ? null : `(?:${cut.join('|')})`
}

/** So much of a literal tells it from all others, if they differ. */
function tellingLength(literal: string, all: readonly string[]): number {
  const alike = all.map((other) => (other === literal ? 0 : commonLength(other, literal)))
  return Math.max(ENOUGH_OF_LITERAL, ...alike.map((length) => length + 1))
}

function commonLength(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

/** The first elements that take at least LEAST_BYTES, or all; null where all may take none. */
function firstOf(elements: readonly AST.Element[]): string | null {
  let least = 0
  let count = 0
  while (count < elements.length && least < LEAST_BYTES) least += leastBytes(elements[count++] as AST.Element)
  return least === 0
    ? null
    : elements
        .slice(0, count)
        .map(({ raw }) => raw)
        .join('')
}
