/** What values of SIP headers are made of (RFC 3261 section 25.1): quoted strings, `<…>`, commas and `;` parameters. */

const QUOTE = 34
const COMMA = 44
const SEMICOLON = 59
const LESS = 60
const BACKSLASH = 92

/** Behind the quoted string that begins at `at`; the end of the text where nothing closes it. */
export function quotedEnd(text: string, at: number): number {
  let i = at + 1
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return i + 1
    i += code === BACKSLASH ? 2 : 1
  }
  return text.length
}

/** Where the first `stop` is, from `at` on, that stands neither in a quoted string nor in `<…>`; the end of the text where none is. */
function endOf(text: string, at: number, stop: number): number {
  let i = at
  while (i < text.length) {
    const code = text.charCodeAt(i)
    if (code === stop) return i
    if (code === QUOTE) i = quotedEnd(text, i)
    else if (code === LESS) i = bracketEnd(text, i)
    else i++
  }
  return text.length
}

function bracketEnd(text: string, at: number): number {
  const close = text.indexOf('>', at)
  return close < 0 ? text.length : close + 1
}

/** The values of a list, without the empty ones; at most so many. */
export function listOf(text: string, most: number): string[] {
  const values: string[] = []
  for (let at = 0; at < text.length && values.length < most; ) {
    const end = endOf(text, at, COMMA)
    const value = text.slice(at, end).trim()
    if (value) values.push(value)
    at = end + 1
  }
  return values
}

/** Content of a quoted string with its escapes taken away; any other text as it is. One that nothing closes reaches to the end. */
export function unquoted(text: string): string {
  if (text.charCodeAt(0) !== QUOTE) return text
  const end = quotedEnd(text, 0)
  const content = text.slice(1, text.charCodeAt(end - 1) === QUOTE && end > 1 ? end - 1 : end)
  return content.includes('\\') ? content.replace(/\\(.)/gs, '$1') : content
}

/** Value of the first parameter of this name (lower case) behind the first `;`; '' where it has none, null where it is not there. */
export function parameterOf(text: string, name: string): string | null {
  let at = endOf(text, 0, SEMICOLON)
  while (at < text.length) {
    const end = endOf(text, at + 1, SEMICOLON)
    const [key, value] = pairOf(text.slice(at + 1, end))
    if (key === name) return unquoted(value)
    at = end
  }
  return null
}

/** `name = value`: the name in lower case, and the value as it is written; '' where there is none. */
export function pairOf(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals < 0) return [text.trim().toLowerCase(), '']
  return [text.slice(0, equals).trim().toLowerCase(), text.slice(equals + 1).trim()]
}
