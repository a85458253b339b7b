import { SipguardError } from '../errors.ts'

/**
 * A failregex as a template: Fail2Ban's tags in a regular expression that JavaScript and Python `re` read alike.
 * One template is rendered three ways: what the classifier runs, what the proof reads, what Fail2Ban loads.
 */
export const FIELD_TAGS = {
  USER: 'user',
  DOMAIN: 'domain',
  UA: 'userAgent',
  METHOD: 'method',
  CODE: 'code',
  REASON: 'reason',
  CONTACT: 'contact',
  EXPIRES: 'expires',
  CALLID: 'callId',
  RURI: 'requestUri',
  TRANSPORT: 'transport',
  DISPLAY: 'display',
  PARAMS: 'params',
} as const
/** Tags whose text no event carries; they stand for what only needs a guarantee: a display name, a URI's parameters. */
export const SILENT_FIELDS: readonly FieldName[] = ['display', 'params']
export type Tag = keyof typeof FIELD_TAGS
export type FieldName = (typeof FIELD_TAGS)[Tag]

export type Token =
  | { readonly type: 'text'; readonly source: string }
  | { readonly type: 'address' }
  | { readonly type: 'port' }
  | { readonly type: 'field'; readonly tag: Tag; readonly name: FieldName; readonly body: string }

export interface Template {
  readonly source: string
  readonly tokens: readonly Token[]
}

/** What `<F-USER>` means without a body; Fail2Ban's own default. */
const DEFAULT_BODY = '\\S+'
const PORT_BODY = '\\d{1,5}'

/** Addresses are matched loosely and checked afterwards (address.ts): the same verdicts, a fraction of the cost. */
const QUAD = '\\d{1,3}(?:\\.\\d{1,3}){3}'
const COLONS = '[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,44}'
export const ADDRESS_BODIES = {
  any: `\\[[0-9A-Fa-f:.]{2,45}\\]|${QUAD}|${COLONS}`,
  bracketed: `\\[[0-9A-Fa-f:.]{2,45}\\]|${QUAD}`,
} as const

const TAG = /<(ADDR|PORT)>|<F-([A-Z]+)>(?:((?:(?!<\/?F-|<ADDR>|<PORT>).)*)<\/F-\2>)?|<(\/?[A-Z][A-Z0-9-]*)>/gs

/** Splits a failregex (without its anchors) at its tags. @throws SipguardError CONFIG_INVALID: what is wrong, and what would be right */
export function parseTemplate(source: string): Template {
  const tokens: Token[] = []
  const seen = new Set<string>()
  let at = 0
  const once = (name: string) => {
    if (seen.has(name)) throw invalid(`<${name}> stands more than once; a rule has one of each`)
    seen.add(name)
  }
  for (const found of source.matchAll(TAG)) {
    if (found.index > at) tokens.push({ type: 'text', source: source.slice(at, found.index) })
    at = found.index + found[0].length
    if (found[1]) {
      once(found[1])
      tokens.push({ type: found[1] === 'ADDR' ? 'address' : 'port' })
    } else if (found[2]) {
      if (!Object.hasOwn(FIELD_TAGS, found[2])) {
        throw invalid(
          `unknown field <F-${found[2]}>; fields are ${Object.keys(FIELD_TAGS)
            .map((tag) => `<F-${tag}>`)
            .join(' ')}`,
        )
      }
      once(`F-${found[2]}`)
      const tag = found[2] as Tag
      tokens.push({ type: 'field', tag, name: FIELD_TAGS[tag], body: found[3] ?? DEFAULT_BODY })
    } else throw invalid(`unknown tag <${found[4]}>; tags are <ADDR> <PORT> and the fields <F-USER> … </F-USER>`)
  }
  if (at < source.length) tokens.push({ type: 'text', source: source.slice(at) })
  return { source, tokens }
}

/** Regular expression source with every tag spelled by `spell`. */
export function render(template: Template, spell: (token: Exclude<Token, { type: 'text' }>) => string): string {
  return template.tokens.map((token) => (token.type === 'text' ? token.source : spell(token))).join('')
}

/** JavaScript source: the address in group `addr`, the port in `port`, each field in a group of its own name; or as `open` begins a group. */
export function renderJavaScript(
  template: Template,
  ipv6: keyof typeof ADDRESS_BODIES,
  open: (name: string) => string = (name) => `(?<${name}>`,
): string {
  return render(template, (token) => {
    if (token.type === 'address') return `${open('addr')}${ADDRESS_BODIES[ipv6]})`
    if (token.type === 'port') return `${open('port')}${PORT_BODY})`
    return `${open(token.name)}${token.body})`
  })
}

/**
 * Takes the anchors off: `^…$` gives `…`.
 * @throws SipguardError CONFIG_INVALID where one is missing, or the pattern uses what Python or a linear matcher does not share
 */
export function unanchor(failregex: string): string {
  if (!failregex.startsWith('^')) throw invalid("a failregex begins with '^': an unanchored one reads addresses that an attacker wrote")
  if (!/(?:^|[^\\])(?:\\\\)*\$$/.test(failregex))
    throw invalid("a failregex ends with '$': an open end reads addresses that an attacker wrote")
  const body = failregex.slice(1, -1)
  const refused = /\\[1-9]|\\k<|\(\?(?:[=!]|<[=!]|<[A-Za-z]|P[<=>]|[a-zA-Z-]+[:)])|\\[bBAZzpPGu]/.exec(body)
  if (refused)
    throw invalid(
      `'${refused[0]}' is outside the pattern language (no look-around, back-reference, own group names, flags or word boundaries)`,
    )
  return body
}

/** Whether a `|` stands outside every group and class. */
export function hasTopLevelAlternative(source: string): boolean {
  let depth = 0
  let inClass = false
  for (let i = 0; i < source.length; i++) {
    const char = source[i]
    if (char === '\\') i++
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === '|' && depth === 0) return true
  }
  return false
}

/** UTF-8 text as one character a byte: lines are matched as bytes. */
export function asBytes(source: string): string {
  return Buffer.from(source, 'utf8').toString('latin1')
}

function invalid(message: string): SipguardError {
  return new SipguardError('CONFIG_INVALID', message)
}
