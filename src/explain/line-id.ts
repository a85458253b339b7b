/** The parts of an event id (types.ts): node, the stream's generation, and the offset of its line there. */
export interface LineId {
  readonly node: string
  readonly generation: string
  readonly offset: number
}

/** Null for an id of another form: that of a HEP packet's second event, or one that a test made up. */
export function parseLineId(id: string): LineId | null {
  const first = id.indexOf(':')
  const last = id.lastIndexOf(':')
  const digits = id.slice(last + 1)
  if (first < 0 || last === first || !/^\d{1,15}$/.test(digits)) return null
  return { node: id.slice(0, first), generation: id.slice(first + 1, last), offset: Number(digits) }
}
