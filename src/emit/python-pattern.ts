import type { FilterRule } from '../config/types.ts'
import { ADDRESS_BODIES, parseTemplate, render, type Template, type Token, unanchor } from '../pattern/template.ts'
import { iniPattern } from './ini.ts'

type Tag = Exclude<Token, { type: 'text' }>
const PORT = '\\d{1,5}'

/** Text in angle brackets is a tag to Fail2Ban (`FTAG_CRE`, fail2ban/server/failregex.py) wherever it stands; with `\>` it is none. */
export function plain(source: string): string {
  return source.replace(/<(\/?[\w-]+\/?)>/g, '<$1\\>')
}

/**
 * One failregex in Fail2Ban's dialect. What it reads is what the rule reads, so that the rule's proof holds for it too:
 * - `(?a)`: a digit is 0 to 9, as to the classifier, not any of Unicode's;
 * - `<ADDR>` also takes 0.0.0.0, which is nobody, and bare IPv6, where the rule wants brackets: refused before it;
 * - a rule's own ignoreregex concerns that rule only, a filter's would concern all: it becomes a refusal in front;
 * - `verdict: runtime` looks at every reading; here a line with a second place for the address is refused as a whole.
 * @param methods `methods:` of a jail, or null: only lines with these methods
 * @returns null where the rule knows no such method
 */
export function failregexOf(rule: FilterRule, methods: readonly string[] | null): string | null {
  const whole = parseTemplate(unanchor(rule.failregex))
  const { template, except } = methods === null ? { template: whole, except: null } : narrowTo(methods, whole)
  if (template === null) return null
  const ignored = rule.ignoreregex === null ? null : parseTemplate(unanchor(rule.ignoreregex))
  const refusals = [ignored, except].filter((refused) => refused !== null).map((refused) => `(?!${bare(refused, rule.ipv6)}$)`)
  if (rule.verdict === 'runtime') refusals.push(onlyOneAddress(whole, rule.ipv6))
  return iniPattern(`(?a)^${refusals.join('')}${dialect(template, rule.ipv6)}$`)
}

/** The template with only these methods, null where it knows none; or as it is, and what of it to refuse (see `methods:` of a jail). */
function narrowTo(methods: readonly string[], template: Template): { template: Template | null; except: Template | null } {
  const field = template.tokens.find((token) => token.type === 'field' && token.tag === 'METHOD')
  if (field?.type !== 'field') return { template, except: null }
  const known = new RegExp(`^(?:${field.body})$`)
  const excluded = methods.filter((word) => word.startsWith('!')).map((word) => word.slice(1))
  if (excluded.length < methods.length) {
    const only = methods.filter((word) => known.test(word) && !excluded.includes(word))
    return { template: only.length === 0 ? null : withBody(template, field, only.join('|')), except: null }
  }
  const except = excluded.filter((word) => known.test(word))
  return { template, except: except.length === 0 ? null : withBody(template, field, except.join('|')) }
}

function withBody(template: Template, field: Token, body: string): Template {
  return { ...template, tokens: template.tokens.map((token) => (token === field ? { ...field, body } : token)) as Token[] }
}

function dialect(template: Template, ipv6: FilterRule['ipv6']): string {
  const spell = (token: Tag): string => {
    if (token.type === 'port') return `<F-PORT>${PORT}</F-PORT>`
    if (token.type === 'field') return `<F-${token.tag}>${plain(token.body)}</F-${token.tag}>`
    return ipv6 === 'bracketed' ? '(?!0\\.0\\.0\\.0)(?=\\[|\\d+\\.)<ADDR>' : '(?!0\\.0\\.0\\.0)<ADDR>'
  }
  return render(spelledOut(template), spell)
}

/** Without groups of a name: it may stand beside the pattern that has them. */
function bare(template: Template, ipv6: FilterRule['ipv6']): string {
  return render(spelledOut(template), (token) => {
    if (token.type === 'address') return `(?:${ADDRESS_BODIES[ipv6]})`
    return token.type === 'port' ? PORT : `(?:${plain(token.body)})`
  })
}

const spelledOut = (template: Template): Template => ({
  ...template,
  tokens: template.tokens.map((token) => (token.type === 'text' ? { ...token, source: plain(token.source) } : token)),
})

/** Refuses a line in which an address stands twice between the words that the rule has around it. */
function onlyOneAddress({ tokens }: Template, ipv6: FilterRule['ipv6']): string {
  const at = tokens.findIndex(({ type }) => type === 'address')
  const before = tokens[at - 1]
  let place = `${before?.type === 'text' ? literalEnd(before.source) : ''}(?:${ADDRESS_BODIES[ipv6]})`
  for (const token of tokens.slice(at + 1)) {
    if (token.type === 'field') break
    if (token.type === 'port') place += PORT
    else if (token.type === 'text') {
      const literal = literalBegin(token.source)
      place += plain(literal)
      if (literal !== token.source) break
    }
  }
  return `(?!.*${place}.*${place})`
}

/** A character that stands for itself. */
const LITERAL = String.raw`(?:\\[^\w]|[^\\.*+?()[\]{}|^$])`
const literalBegin = (source: string) => new RegExp(`^${LITERAL}*(?![*+?{])`).exec(source)?.[0] ?? ''
const literalEnd = (source: string) => plain(new RegExp(`(?<!\\\\)${LITERAL}*$`).exec(source)?.[0] ?? '')
