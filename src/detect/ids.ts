/**
 * Ids of one stream differ after their last colon only: `=node:stream:100`, `:190`, `:230`. A rate jail's window is journalled at a
 * fifth of its size so.
 */
export function packIds(ids: Iterable<string>): string[] {
  const packed: string[] = []
  let stem = ''
  for (const id of ids) {
    if (stem !== '' && id.startsWith(stem) && !id.includes(':', stem.length)) {
      packed.push(`:${id.slice(stem.length)}`)
    } else {
      packed.push(`=${id}`)
      stem = id.slice(0, id.lastIndexOf(':') + 1)
    }
  }
  return packed
}

export function unpackIds(packed: readonly string[]): string[] {
  let stem = ''
  return packed.map((entry) => {
    if (entry.startsWith(':')) return stem + entry.slice(1)
    stem = entry.slice(1, entry.lastIndexOf(':') + 1)
    return entry.slice(1)
  })
}
