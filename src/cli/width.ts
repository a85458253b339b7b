import { stripVTControlCharacters } from 'node:util'

/** What a terminal draws in two cells: East Asian wide and full-width signs, and emoji (UAX 11; blocks, not single code points). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
/** What stands on the sign before it. */
const NONE = /[\p{Mn}\p{Me}\u200b-\u200d]/u
const PLAIN = /^[\x20-\x7e]*$/

/** Cells that a text takes on a terminal; colours take none. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const sign of stripVTControlCharacters(text)) width += signWidth(sign)
  return width
}

/** The front of a text without colours that fits into so many cells, with … where something was cut off. */
export function cutTo(text: string, most: number): string {
  if (textWidth(text) <= most) return text
  let front = ''
  let width = 1
  for (const sign of text) {
    width += signWidth(sign)
    if (width > most) break
    front += sign
  }
  return `${front.trimEnd()}…`
}

const signWidth = (sign: string): number => (NONE.test(sign) ? 0 : WIDE.test(sign) ? 2 : 1)
