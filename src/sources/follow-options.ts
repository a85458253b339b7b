import type { Clock } from '../types.ts'
import type { StartOffset } from './kept-file.ts'
import type { LineBuffer } from './lines.ts'

export interface FollowOptions {
  readonly path: string
  /** Name under which positions are stored. */
  readonly stream: string
  readonly filter: string | null
  /** Stored mark, if any. */
  readonly resume: string | undefined
  /** Without a mark: where to begin in the file that is first opened; null: at its start. */
  readonly startOffset: StartOffset | null
  readonly now: Clock
  readonly onNotice: (message: string) => void
  /** The kernel cannot tell of changes to this file; they are found by asking `changed()`. */
  readonly onUnwatched: (error: unknown) => void
  /** Something may have changed: time for a step. */
  readonly onWake: () => void
  /** One for all files of a source: only one of them is read at a time. */
  readonly lines: LineBuffer
}

export type StepResult =
  /** There may be more to do at once. */
  | 'more'
  /** Nothing to do until something changes. */
  | 'idle'
  /** The file was deleted and has been read to its end; nothing is open. */
  | 'gone'
