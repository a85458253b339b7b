import { statSync } from 'node:fs'
import { pathOfStream } from '../sources/index.ts'

/**
 * Which streams are one file by several names (symbolic links, bind mounts, hard links), by the device and inode that their paths lead to
 * now.
 */
export function createFileNames() {
  const streams = new Map<string, string>()
  /** First line of what each stream reads: another one after a rotation. */
  const generations = new Map<string, string>()

  const add = (stream: string): void => {
    const id = idOf(stream)
    if (id !== null) streams.set(id, stream)
  }

  return {
    add,
    /** A batch of this generation was taken from a stream. */
    took(stream: string, generation: string): void {
      if (generations.get(stream) === generation || generation === '') return
      generations.set(stream, generation)
      add(stream)
    },
    /** The stream that was first to lead to the same file, if another was. */
    twinOf(stream: string): string | null {
      const id = idOf(stream)
      const first = id === null ? undefined : streams.get(id)
      // Where it leads by now, after a rotation that nobody has told of yet, is asked again.
      return first === undefined || first === stream || idOf(first) !== id ? null : first
    },
    /** Which of these streams leads to the same file now. */
    sameNow(stream: string, others: Iterable<string>): string | null {
      const id = idOf(stream)
      return id === null ? null : ([...others].find((other) => other !== stream && idOf(other) === id) ?? null)
    },
  }
}

function idOf(stream: string): string | null {
  const path = pathOfStream(stream)
  const stats = path === null ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats ? `${stats.dev}:${stats.ino}` : null
}
