import { type BigIntStats, fstatSync, readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { openLog } from './descriptors.ts'
import { type LineBuffer, type Lines, MAX_LINE } from './lines.ts'
import { HEAD_BYTES, type Mark, Place } from './mark.ts'

/**
 * Read at once: some 700 lines, which take some ms until others have their turn. More than MAX_LINE, or a line that long would be read again
 * and again.
 */
const STEP_BYTES = 2 * MAX_LINE

/**
 * Where to begin in a file that is met for the first time: an offset from 0 to `size`, bytes. `readTail` gives the last bytes of the
 * file, at most as many as asked for.
 */
export type StartOffset = (path: string, size: number, readTail: (bytes: number) => Buffer) => number

/** At the end, but for a line that is just being written: that one is read. */
export const fromEnd: StartOffset = (_path, size, readTail) => {
  const tail = readTail(MAX_LINE + 1)
  const newline = tail.lastIndexOf(10)
  return newline < 0 && tail.length > MAX_LINE ? size : size - tail.length + newline + 1
}

/** `dev:ino`: which file a path or descriptor is. */
export const idOf = (stats: { dev: bigint; ino: bigint }): string => `${stats.dev}:${stats.ino}`

/**
 * A plain log file, open by one descriptor that is kept whatever becomes of its name. Reads from `place.offset`, which the caller moves
 * on when the lines have been dealt with; an unfinished line is simply read again, so that thousands of files need one buffer.
 */
export class KeptFile {
  readonly path: string
  readonly id: string
  readonly place: Place
  /** Nobody writes to it any more: a copy made before the original was truncated. */
  readonly finished: boolean
  /** As last seen, bytes. */
  size: number
  mtimeNs: bigint
  readonly birthtimeNs: bigint
  /** Its last name was removed. */
  deleted = false
  readonly #handle: FileHandle
  readonly #lines: LineBuffer

  private constructor(path: string, stats: BigIntStats, place: Place, finished: boolean, handle: FileHandle, lines: LineBuffer) {
    this.path = path
    this.id = idOf(stats)
    this.place = place
    this.finished = finished
    this.size = Number(stats.size)
    this.mtimeNs = stats.mtimeNs
    this.birthtimeNs = stats.birthtimeNs
    this.#handle = handle
    this.#lines = lines
  }

  /**
   * Opens a file to be read on from a mark made in it (or in what it is a copy of), or else from its start.
   * `truncations` tells how often an inode (`dev:ino`) is known to have been truncated.
   * @throws system errors, with the code ENOTREG for anything but a regular file
   */
  static async open(
    path: string,
    lines: LineBuffer,
    from: { mark?: Mark | null | undefined; finished?: boolean; truncations?: (id: string) => number } = {},
  ): Promise<KeptFile> {
    const handle = await openLog(path)
    try {
      const stats = await handle.stat({ bigint: true })
      if (!stats.isFile()) throw Object.assign(new Error('not a regular file'), { code: stats.isDirectory() ? 'EISDIR' : 'ENOTREG' })
      const id = idOf(stats)
      const place = from.mark
        ? Place.at(from.mark)
        : new Place({ dev: String(stats.dev), ino: String(stats.ino), truncations: from.truncations?.(id) ?? 0 })
      const file = new KeptFile(path, stats, place, from.finished ?? false, handle, lines)
      place.sees(file.#readAt(0, HEAD_BYTES))
      place.writtenNs = stats.mtimeNs
      if (!from.mark) place.bornNs = stats.birthtimeNs
      // A copy may end before the place that the log was read to.
      if (file.finished) place.offset = Math.min(place.offset, file.size)
      return file
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * The next whole lines, at most one buffer of them; count 0 at the end of what has been written. 'truncated': the contents are not
   * those of before; what stood behind `place.offset` is no longer here. It does not wait for a thread of the pool: on a busy machine each
   * such wait costs more than all of this, and stands between a line and its ban.
   */
  read(): Lines | 'truncated' {
    const { place } = this
    const { fd } = this.#handle
    const stats = fstatSync(fd, { bigint: true })
    if (Number(stats.size) < place.offset) return 'truncated'
    this.#lines.restart(place.offset, place.skipping)
    const room = this.#lines.room().subarray(0, STEP_BYTES)
    const bytesRead = readSync(fd, room, 0, room.length, place.offset)
    // Looked at after reading: had it been truncated and filled anew before, the bytes just read may be from the middle of a line.
    if (!place.sees(this.#readAt(0, HEAD_BYTES))) return 'truncated'
    this.size = Math.max(Number(stats.size), place.offset + bytesRead)
    this.mtimeNs = stats.mtimeNs
    place.writtenNs = stats.mtimeNs
    this.deleted = stats.nlink === 0n
    return this.#lines.take(bytesRead)
  }

  /** The line without its newline that the last `read()` has found at the end; count 0 if there is none. */
  rest(): Lines {
    return this.#lines.rest()
  }

  /** Where a file met for the first time is begun; inside a line, with the next one. */
  startAt(startOffset: StartOffset): void {
    const readTail = (bytes: number) => {
      const tail = Buffer.allocUnsafe(Math.min(bytes, this.size))
      return tail.subarray(0, readSync(this.#handle.fd, tail, 0, tail.length, this.size - tail.length))
    }
    const { place } = this
    place.offset = Math.min(Math.max(0, startOffset(this.path, this.size, readTail)), this.size)
    place.skipping = place.offset > 0 && this.#readAt(place.offset - 1, 1)[0] !== 10
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  #readAt(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length)
    return buffer.subarray(0, readSync(this.#handle.fd, buffer, 0, length, position))
  }
}
