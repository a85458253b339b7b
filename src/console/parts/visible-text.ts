/** Text of which nothing is hidden: what an attacker wrote, shown as it is. */

export interface Run {
  readonly text: string
  /** `control`: stands for a character that would not be seen, or would turn the text around. `space`: at an end, or more than one. */
  readonly kind: 'text' | 'control' | 'space'
}

/** Controls, format characters (bidirectional marks, zero-width ones), separators, half surrogates; and every space but the plain one. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|(?! )\p{Zs}/u
const RUNS = new RegExp(`(?<control>(?:${HIDDEN.source})+)|(?<space>^ +| {2,}| +$)`, 'gu')

/** Whether a text begins, and ends, where somebody would not see a single space. */
export interface Ends {
  readonly start: boolean
  readonly end: boolean
}

/** The text in runs, in order; without the `control` runs they are parts of it, letter by letter. */
export function visibleRuns(text: string, { start, end: stop }: Ends = { start: true, end: true }): Run[] {
  const runs: Run[] = []
  let end = 0
  for (const found of text.matchAll(RUNS)) {
    if (found[0] === ' ' && !(found.index === 0 ? start : stop)) continue
    if (found.index > end) runs.push({ text: text.slice(end, found.index), kind: 'text' })
    end = found.index + found[0].length
    if (found.groups?.space === undefined) runs.push({ text: Array.from(found[0], escaped).join(''), kind: 'control' })
    else runs.push({ text: found[0], kind: 'space' })
  }
  if (end < text.length) runs.push({ text: text.slice(end), kind: 'text' })
  return runs
}

/** The same as one text, for where there are no runs: a title. */
export function visibleText(text: string): string {
  return visibleRuns(text)
    .map((run) => run.text)
    .join('')
}

/** `\x1b`, `\u202e`, `\u{e0041}`. */
function escaped(char: string): string {
  const hex = char.codePointAt(0)!.toString(16)
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}
