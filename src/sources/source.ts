import type { LineBatch } from '../types.ts'

/**
 * Takes one batch. The source reads on only when it has resolved (back-pressure), and may reuse `batch.bytes` then.
 * The receiver stores `batch.position` with the effects of the lines.
 */
export type Sink = (batch: LineBatch) => void | Promise<void>

export interface SourceStatus {
  readonly name: string
  readonly lagBytes: number
  /** Receive time of the newest line, epoch ms; null before the first. */
  readonly lastLineAtMs: number | null
  /** What keeps it from being read, in words; null when nothing does. */
  readonly trouble: string | null
}

export interface Source {
  /** Begins to deliver batches, one at a time over all files of the source. Resolves when what exists now has been opened. */
  start(sink: Sink): Promise<void>
  /** No batch is delivered after it has resolved. */
  stop(): Promise<void>
  status(): readonly SourceStatus[]
}
