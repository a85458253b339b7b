import { forTerminal } from '../escape.ts'

/** First words of every file written here; a file that begins otherwise is somebody else's. */
export const OURS = '# Written by `sipguard emit fail2ban`'

/** The text as comment lines. */
export function comment(text: string): string[] {
  return text.split('\n').map((line) => `# ${forTerminal(line)}`.trimEnd())
}

/** Text that Fail2Ban's configuration reader gives back unchanged: `%` interpolates. Not for line ends, which no value may hold. */
export const iniValue = (text: string): string => text.replaceAll('%', '%%')

/**
 * A regular expression as a value. ` ;` would begin a comment (configparser with inline_comment_prefixes,
 * fail2ban/client/configparserinc.py): it and control characters are spelled as escapes.
 */
export function iniPattern(source: string): string {
  const hex = (char: string) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  return iniValue(source.replace(/\\?([\0-\x1f\x7f])/g, (_, char: string) => hex(char)).replace(/(?<=\s);/g, hex))
}

/** One key with its values, one a line. */
export function entry(key: string, values: readonly string[]): string {
  const indent = ' '.repeat(key.length + 3)
  return `${key} = ${values.join(`\n${indent}`)}`.replace(/ +$/gm, '')
}
