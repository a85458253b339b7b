import type { LineBatch } from '../types.ts'

/**
 * Takes one batch. The source reads on only when it has resolved (back-pressure), and may reuse `batch.bytes` then.
 * The receiver stores `batch.position` with the effects of the lines. A batch without lines only says where a stream begins: its position
 * is to be stored like any other. When the sink rejects, the same lines come again later, with the same generation and offsets.
 */
export type Sink = (batch: LineBatch) => void | Promise<void>

export interface SourceStatus {
  readonly name: string
  readonly lagBytes: number
  /** Receive time of the newest line, epoch ms; null before the first. */
  readonly lastLineAtMs: number | null
  /** What keeps it from being read, in words; null when nothing does. */
  readonly trouble: string | null
  /** Bytes that were truncated away before they could be read, as far as they had been seen; since the start. */
  readonly swallowedBytes: number
  /** How often a log was seen truncated since the start: what was written in the moments before may be gone, and nobody can know. */
  readonly truncations: number
  /** Lines (of a listener) that came faster than they could be read, or that their sender did not finish, and are lost; since the start. */
  readonly droppedLines: number
  /** Datagrams and connections of a listener that were turned away, for their sender is not listed or there were too many; since the start. */
  readonly refused: number
  /** Of a source where something always comes: nothing has, for too long. Null, or not there: it is not so. */
  readonly silence?: { readonly what: string; readonly remedy: string } | null
}

/** What a status says of losses where there are none. */
export const NOTHING_LOST = { swallowedBytes: 0, truncations: 0, droppedLines: 0, refused: 0 } as const

export interface Source {
  /** Begins to deliver batches, one at a time over all files of the source. Resolves when what exists now has been opened. */
  start(sink: Sink): Promise<void>
  /** No batch is delivered after it has resolved. */
  stop(): Promise<void>
  status(): readonly SourceStatus[]
}
