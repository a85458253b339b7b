/** Where a field of a line stands in its text, in UTF-16 units; `end` is behind it. */
export interface FieldSpan {
  readonly name: string
  readonly start: number
  readonly end: number
}

export interface Piece {
  readonly text: string
  /** Null: between fields. */
  readonly field: string | null
}

/** A line cut at its fields; the pieces together are the text. Of fields that overlap the first stands, and the longer of two that begin alike. */
export function linePieces(text: string, fields: readonly FieldSpan[]): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const { name, start, end } of fields.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at || end <= start || end > text.length) continue
    if (start > at) pieces.push({ text: text.slice(at, start), field: null })
    pieces.push({ text: text.slice(start, end), field: name })
    at = end
  }
  if (at < text.length) pieces.push({ text: text.slice(at), field: null })
  return pieces
}
