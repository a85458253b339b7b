/**
 * What may steer a terminal or turn a line around: C0, DEL, C1, bidirectional marks and embeddings, line and paragraph separators,
 * and surrogates without a partner (Unicode's Bidi_Control property, UAX 9; ECMA-48 for the controls).
 */
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Cs}]/gu

/** The same set without what JSON.stringify escapes itself. */
const UNSAFE_IN_JSON = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Nearly all that is printed is ASCII without controls, which is told sooner than that nothing of all that is unsafe is there. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code > 0x7e) return false
  }
  return true
}

const hex = (char: string, width: number) => char.charCodeAt(0).toString(16).padStart(width, '0')

/** Text that came from outside, safe to print on a terminal as part of one line: `\x1b`, `\x0a`, `\u202e` stand where those were. */
export function forTerminal(text: string): string {
  if (isPlain(text)) return text
  return text.replace(UNSAFE, (char) => (char.charCodeAt(0) < 0x100 ? `\\x${hex(char, 2)}` : `\\u${hex(char, 4)}`))
}

/** JSON on one line, which reads back as the same value and is safe to print on a terminal. `undefined` becomes null. */
export function toJsonLine(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(UNSAFE_IN_JSON, (char) => `\\u${hex(char, 4)}`)
}
