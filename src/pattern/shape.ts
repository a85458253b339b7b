import type { FilterRule } from '../config/types.ts'
import { type Automaton, buildAutomaton, type Reading } from './automaton.ts'
import { ADDRESS_BODIES, asBytes, parseTemplate, renderJavaScript, unanchor } from './template.ts'

export type RulePattern = Pick<FilterRule, 'failregex' | 'ipv6' | 'guarantees'>
type Ipv6 = FilterRule['ipv6']

/** What `\S+`, which is also what a field without a body means, stands for in an echo shape. */
const ANYTHING = '.'

/**
 * Source of the regular expression that runs on a message (one character a byte, flag `s`), without the anchors at its ends.
 * @throws SipguardError CONFIG_INVALID for what is outside the pattern language
 */
export function ruleSource(failregex: string, ipv6: Ipv6): string {
  return asBytes(renderJavaScript(parseTemplate(unanchor(failregex)), ipv6))
}

/** The same without any groups that have names. @throws as ruleSource */
export function namelessSource(failregex: string, ipv6: Ipv6): string {
  return asBytes(renderJavaScript(parseTemplate(unanchor(failregex)), ipv6, () => '(?:'))
}

/** R: what a rule matches. `address` may take the place of the body of `<ADDR>`. @throws as ruleSource */
export function ruleAutomaton(rule: RulePattern, address?: string): Automaton {
  return build(rule.failregex, rule.ipv6, { as: 'rule', alphabets: alphabetsOf(rule) }, address)
}

/** S: what the server can print where the rule matches. @throws as ruleSource */
export function serverAutomaton(rule: RulePattern, address?: string): Automaton {
  return build(rule.failregex, rule.ipv6, { as: 'server', alphabets: alphabetsOf(rule) }, address)
}

/** An echo shape: what the server can print, as it stands; a field without a body is anything. @throws as ruleSource */
export function echoAutomaton(echo: string, address?: string): Automaton {
  const alphabets: Record<string, string> = {}
  for (const token of parseTemplate(unanchor(echo)).tokens) {
    if (token.type === 'field' && token.body === '\\S+') alphabets[token.name] = ANYTHING
  }
  return build(echo, 'any', { as: 'echo', alphabets }, address)
}

/** An ignoreregex, as it stands. @throws as ruleSource */
export function ignoreAutomaton(ignoreregex: string, ipv6: Ipv6): Automaton {
  return build(ignoreregex, ipv6, { as: 'rule', alphabets: {} })
}

function build(pattern: string, ipv6: Ipv6, reading: Reading, address?: string): Automaton {
  const source = ruleSource(pattern, ipv6)
  if (address === undefined) return buildAutomaton(source, reading)
  return buildAutomaton(
    source.replace(`(?<addr>${ADDRESS_BODIES[ipv6]})`, () => `(?<addr>${address})`),
    reading,
  )
}

function alphabetsOf(rule: RulePattern): Record<string, string> {
  const alphabets: Record<string, string> = {}
  for (const [field, guarantee] of Object.entries(rule.guarantees)) alphabets[field] = asBytes(guarantee.alphabet)
  return alphabets
}
