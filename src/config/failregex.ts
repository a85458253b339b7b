import { SipguardError } from '../errors.ts'
import {
  type ADDRESS_BODIES,
  hasTopLevelAlternative,
  parseTemplate,
  renderJavaScript,
  type Template,
  unanchor,
} from '../pattern/template.ts'

/** A failregex as its template, or what is wrong with it, in words. */
export function readFailregex(failregex: string, ipv6: keyof typeof ADDRESS_BODIES): Template | string {
  try {
    const template = parseTemplate(unanchor(failregex))
    const source = renderJavaScript(template, ipv6)
    new RegExp(`^(?:${source})$`)
    if (hasTopLevelAlternative(source)) return "'|' outside a group leaves each alternative anchored at one end only; write ^(?:a|b)$"
    return template
  } catch (error) {
    if (error instanceof SipguardError) return error.message
    if (error instanceof SyntaxError) return `not a regular expression: ${error.message.split(': ').at(-1)}`
    throw error
  }
}
