import { LineBuffer, type Lines, READ_BYTES } from './lines.ts'

export interface LinesOfOptions {
  readonly offset?: number
  /** `offset` lies inside a line whose rest is to be skipped. */
  readonly skipping?: boolean
  /** Deliver after each chunk, not after READ_BYTES: for a stream that somebody is still writing. */
  readonly eager?: boolean
}

/**
 * The lines of a stream of chunks, the last one also without its newline. Where the stream breaks, what was complete by then is
 * delivered before its error is thrown. Each result is valid until the next is asked for.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>, options: LinesOfOptions = {}): AsyncGenerator<Lines, void> {
  const enough = options.eager ? 1 : READ_BYTES
  const lines = new LineBuffer()
  lines.restart(options.offset ?? 0, options.skipping ?? false)
  let room = lines.room()
  let filled = 0
  let failure: { cause: unknown } | null = null
  const source = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      let chunk: Buffer
      try {
        const next = await source.next()
        if (next.done) break
        chunk = next.value
      } catch (cause) {
        failure = { cause }
        break
      }
      while (chunk.length > 0) {
        const copied = chunk.copy(room, filled)
        filled += copied
        chunk = chunk.subarray(copied)
        if (filled >= enough) {
          yield lines.take(filled)
          room = lines.room()
          filled = 0
        }
      }
    }
    yield lines.take(filled)
    if (failure) throw failure.cause
    yield lines.rest()
  } finally {
    await source.return?.()
  }
}
