import type { LinePlace } from '../types.ts'

const ZERO = 48
const MOST_OFFSET = 2 ** 48
const MOST_DIGITS = 15

/** An id in two parts: the offset is -1 where the stem is the whole id, because what follows its last colon is none. */
export function placeOf(id: string): LinePlace {
  const stem = id.lastIndexOf(':') + 1
  const offset = stem === 0 ? -1 : offsetAfter(id, stem)
  return offset < 0 ? { stem: id, offset } : { stem: id.slice(0, stem), offset }
}

/** The offset after a stem of this length; -1: what follows is no number below 2 ** 48, or could be written otherwise. */
function offsetAfter(id: string, stem: number): number {
  const digits = id.length - stem
  if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && id.charCodeAt(stem) === ZERO)) return -1
  let offset = 0
  for (let i = stem; i < id.length; i++) {
    const digit = id.charCodeAt(i) - ZERO
    if (digit < 0 || digit > 9) return -1
    offset = offset * 10 + digit
  }
  return offset < MOST_OFFSET ? offset : -1
}
