const ZERO = 48
const MOST_OFFSET = 2 ** 48
const MOST_DIGITS = 15

/** The length of an id without the offset after its last colon; that of the whole id where none follows. */
export function stemLength(id: string): number {
  const stem = id.lastIndexOf(':') + 1
  return stem > 0 && offsetAfter(id, stem) >= 0 ? stem : id.length
}

/** The offset after a stem of this length; -1: what follows is no number below 2 ** 48, or could be written otherwise. */
export function offsetAfter(id: string, stem: number): number {
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
