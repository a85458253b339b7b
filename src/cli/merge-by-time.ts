import type { LineBatch } from '../types.ts'

/** One log's lines, and how far they have been handed out. */
interface Cursor {
  readonly batches: AsyncIterator<LineBatch, void>
  batch: LineBatch
  line: number
  /** Of the line that is next; one without a time belongs to the one before it. */
  atMs: number
}

/**
 * The lines of several logs in the order of their times, as they would have come live; the order within a log stays, whatever its times.
 * @param timeOf epoch ms of a line, null where it does not say
 */
export async function* mergeByTime(
  logs: readonly AsyncIterable<LineBatch, void>[],
  timeOf: (batch: LineBatch, line: number) => number | null,
): AsyncGenerator<LineBatch, void> {
  if (logs.length === 1) return yield* logs[0]!
  const waiting: Cursor[] = []
  for (const log of logs) {
    const batches = log[Symbol.asyncIterator]()
    const first = await batches.next()
    if (first.done) continue
    waiting.push({ batches, batch: first.value, line: 0, atMs: timeOf(first.value, 0) ?? Number.NEGATIVE_INFINITY })
  }
  while (waiting.length > 0) {
    waiting.sort((a, b) => a.atMs - b.atMs)
    const [cursor, other] = waiting as [Cursor, Cursor | undefined]
    const { batch, line } = cursor
    let end = line + 1
    for (; end < batch.count; end++) {
      cursor.atMs = timeOf(batch, end) ?? cursor.atMs
      if (other && cursor.atMs > other.atMs) break
    }
    yield { ...batch, spans: batch.spans.subarray(2 * line, 2 * end), count: end - line }
    cursor.line = end
    if (end < batch.count) continue
    const next = await cursor.batches.next()
    if (next.done) waiting.shift()
    else {
      cursor.batch = next.value
      cursor.line = 0
      cursor.atMs = timeOf(next.value, 0) ?? cursor.atMs
    }
  }
}
