import { MAX_LINE } from './lines.ts'

const LINE_END = new Set([0, 10, 13])
const CONTROL = /[\0-\x1f\x7f]/g

/**
 * A message as one line, without the newlines and NULs that senders put at its end. Control characters within are written as rsyslog
 * writes them, `#012` for a newline: no message can become two lines. What is longer than MAX_LINE bytes is cut.
 */
export function toOneLine(message: Buffer): { readonly line: Buffer; readonly cut: boolean } {
  let end = message.length
  while (end > 0 && LINE_END.has(message[end - 1] as number)) end--
  const text = message.toString('latin1', 0, Math.min(end, MAX_LINE))
  const line = Buffer.from(text.replace(CONTROL, octal), 'latin1')
  return { line: line.subarray(0, MAX_LINE), cut: end > MAX_LINE || line.length > MAX_LINE }
}

const octal = (char: string): string => `#${char.charCodeAt(0).toString(8).padStart(3, '0')}`
