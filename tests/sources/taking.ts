import type { SourceOptions } from '../../src/sources/file-source.ts'
import type { Sink } from '../../src/sources/source.ts'
import type { LineBatch } from '../../src/types.ts'

export interface TakenLine {
  readonly text: string
  /** What the pipeline makes the event's id of. */
  readonly id: string
}

/** What stands behind a source: takes its batches and keeps positions as a daemon's state does. */
export function createTaking(given: Partial<SourceOptions> = {}) {
  const lines: TakenLine[] = []
  const batches: LineBatch[] = []
  const notices: string[] = []
  const positions = new Map<string, string>()
  const options: SourceOptions = {
    fromStart: true,
    resume: (stream) => positions.get(stream),
    now: Date.now,
    onNotice: (message) => notices.push(message),
    ...given,
  }
  const taking = {
    lines,
    batches,
    notices,
    positions,
    options,
    /** Runs before a batch is taken; what it throws refuses the batch. */
    before: (_batch: LineBatch): void | Promise<void> => {},
    sink: (async (batch) => {
      await taking.before(batch)
      for (let i = 0; i < batch.count; i++) {
        const [start, end] = [batch.spans[2 * i]!, batch.spans[2 * i + 1]!]
        lines.push({ text: batch.bytes.toString('utf8', start, end), id: `${batch.generation}:${batch.offset + start}` })
      }
      positions.set(batch.position.stream, batch.position.mark)
      batches.push(batch)
    }) satisfies Sink,
    texts: () => lines.map(({ text }) => text),
  }
  return taking
}
export type Taking = ReturnType<typeof createTaking>
