import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SipguardError } from '../errors.ts'
import type { LineBatch } from '../types.ts'
import { decompress, isPacked } from './decompress.ts'
import { LineBuffer, type Lines, READ_BYTES } from './lines.ts'
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
    let readBytes = 0
    const onRead = (bytes: number) => {
      readBytes += bytes
      onProgress?.(readBytes, totalBytes)
    }
    const found = isStdin
      ? linesOf(decompress(counted(process.stdin, onRead)), { eager: true })
      : linesIn(path, totalBytes !== null, onRead)
    for await (const lines of found) {
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

type OnRead = (bytes: number) => void

async function* linesIn(path: string, isFile: boolean, onRead: OnRead): AsyncGenerator<Lines, void> {
  if (isFile) {
    const file = openSync(path, 'r')
    try {
      if (!isPacked(file)) return yield* plainLines(file, onRead)
    } finally {
      closeSync(file)
    }
  }
  yield* linesOf(decompress(counted(createReadStream(path, { highWaterMark: READ_BYTES }), onRead)))
}

/** Read to where the lines are found, without a stream or a copy between: that takes a quarter of the time. */
async function* plainLines(file: number, onRead: OnRead): AsyncGenerator<Lines, void> {
  const lines = new LineBuffer()
  for (;;) {
    const read = readSync(file, lines.room())
    if (read === 0) break
    onRead(read)
    yield lines.take(read)
    // Timers, signals and output have their turn, though nothing here waits.
    await nextTurn()
  }
  yield lines.rest()
}

async function* counted(input: AsyncIterable<Buffer>, onRead: OnRead): AsyncGenerator<Buffer, void> {
  for await (const chunk of input) {
    onRead(chunk.length)
    yield chunk
  }
}
