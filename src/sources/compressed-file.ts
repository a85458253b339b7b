import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { decompress } from './decompress.ts'
import { openLog } from './descriptors.ts'
import { idOf } from './kept-file.ts'
import { type Lines, noLines } from './lines.ts'
import { linesOf } from './lines-of.ts'
import { HEAD_BYTES, type Mark, Place } from './mark.ts'

/** The first HEAD_BYTES of a compressed file's contents, fewer if it has no more or is broken there. */
export async function compressedHead(compressed: AsyncIterable<Buffer>): Promise<Buffer> {
  const head: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of decompress(compressed)) {
      head.push(chunk)
      length += chunk.length
      if (length >= HEAD_BYTES) break
    }
  } catch {
    // What could be read of it is what there is to compare.
  }
  return Buffer.concat(head).subarray(0, HEAD_BYTES)
}

/** A rotated log that was compressed: read once, from a mark made when it was plain or from its start, in steps like a KeptFile. */
export class CompressedFile {
  readonly path: string
  readonly id: string
  readonly place: Place
  readonly finished = true
  readonly deleted = false
  readonly mtimeNs: bigint
  readonly birthtimeNs: bigint
  /** Of its contents, as far as known: what has been read. */
  size: number
  #last: Lines | null = null
  readonly #handle: FileHandle
  readonly #steps: AsyncGenerator<Lines, void>

  private constructor(path: string, stats: BigIntStats, place: Place, handle: FileHandle) {
    this.path = path
    this.id = idOf(stats)
    this.mtimeNs = stats.mtimeNs
    this.birthtimeNs = stats.birthtimeNs
    this.place = place
    this.size = place.offset
    place.writtenNs = stats.mtimeNs
    this.#handle = handle
    const { offset, skipping } = place
    this.#steps = linesOf(from(offset, decompress(chunksOf(handle))), { offset, skipping })
  }

  static async open(path: string, mark?: Mark | null): Promise<CompressedFile> {
    const handle = await openLog(path)
    try {
      const stats = await handle.stat({ bigint: true })
      const place = mark ? Place.at(mark) : new Place({ dev: String(stats.dev), ino: String(stats.ino), truncations: 0 })
      place.sees(await compressedHead(chunksOf(handle)))
      return new CompressedFile(path, stats, place, handle)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * The next whole lines, the same again until `place` was moved behind them; count 0 at the end.
   * @throws zlib or system errors, after everything readable was delivered
   */
  async read(): Promise<Lines> {
    if (this.#last && this.#last.end > this.place.offset) return this.#last
    for (;;) {
      const step = await this.#steps.next()
      if (step.done) return this.rest()
      this.size = Math.max(this.size, step.value.end)
      if (step.value.count === 0) continue
      this.#last = step.value
      return step.value
    }
  }

  /** `read()` has already delivered a last line without newline. */
  rest(): Lines {
    return noLines(this.size, false)
  }

  async close(): Promise<void> {
    await this.#steps.return()
    await this.#handle.close()
  }
}

/** What is in a file, from its start; the handle stays open. */
export async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer, void> {
  for (let at = 0; ; ) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(65_536), 0, 65_536, at)
    if (bytesRead === 0) return
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** The stream without its first `skip` bytes. */
async function* from(skip: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let left = skip
  for await (const chunk of chunks) {
    if (chunk.length > left) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
