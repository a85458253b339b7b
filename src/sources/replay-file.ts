import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { SipguardError } from '../errors.ts'
import type { LineBatch } from '../types.ts'
import { decompress } from './decompress.ts'
import { READ_BYTES } from './lines.ts'
import { linesOf } from './lines-of.ts'
import { HEAD_BYTES, Place } from './mark.ts'
import { codeOf, reasonOf } from './reason.ts'

export interface ReadLinesOptions {
  readonly filter: string | null
  /** Bytes read so far, compressed ones of a .gz; of how many in all, null where that cannot be known. */
  readonly onProgress?: (readBytes: number, totalBytes: number | null) => void
}

/**
 * All lines of a log that is read once, in batches of 256 to 320 KiB: a file or, by the name `-`, standard input (in batches as they
 * come). What begins like gzip or zstd is decompressed, whatever its name. Each batch is valid until the next is asked for. Marks are empty:
 * nothing is resumed here.
 * @throws SipguardError SOURCE_UNREADABLE; when it breaks on the way, after the lines that could be read
 */
export async function* readLines(path: string, options: ReadLinesOptions): AsyncGenerator<LineBatch, void> {
  const { filter, onProgress } = options
  const isStdin = path === '-'
  const source = isStdin ? 'stdin' : path
  try {
    const stats = isStdin ? null : await stat(path, { bigint: true })
    const totalBytes = stats?.isFile() ? Number(stats.size) : null
    const place = new Place({ dev: String(stats?.dev ?? ''), ino: String(stats?.ino ?? source), truncations: 0 })
    const input: AsyncIterable<Buffer> = isStdin ? process.stdin : createReadStream(path, { highWaterMark: READ_BYTES })
    let readBytes = 0
    const counted = async function* () {
      for await (const chunk of input) {
        readBytes += chunk.length
        onProgress?.(readBytes, totalBytes)
        yield chunk
      }
    }
    for await (const lines of linesOf(decompress(counted()), { eager: isStdin })) {
      if (lines.offset === 0) place.sees(lines.bytes.subarray(0, HEAD_BYTES))
      if (lines.count === 0) continue
      yield {
        source,
        generation: place.generation,
        filter,
        form: 'text',
        bytes: lines.bytes,
        spans: lines.spans,
        count: lines.count,
        offset: lines.offset,
        receivedAtMs: Date.now(),
        position: { stream: source, mark: '' },
        cut: lines.cut,
        lagBytes: totalBytes === null ? 0 : totalBytes - readBytes,
      }
    }
  } catch (cause) {
    if (codeOf(cause) === undefined) throw cause
    throw new SipguardError('SOURCE_UNREADABLE', `cannot read ${isStdin ? 'standard input' : path}: ${reasonOf(cause)}`, { cause })
  }
}
