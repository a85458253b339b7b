import { type FileHandle, open } from 'node:fs/promises'
import { chunksOf } from './compressed-file.ts'
import { decompress } from './decompress.ts'
import { pathOfStream } from './file-source.ts'
import { MAX_LINE } from './lines.ts'
import { linesOf } from './lines-of.ts'
import { parseMark } from './mark.ts'
import { isCompressed, locate } from './rotation.ts'

const NEWLINE = 10
const CARRIAGE_RETURN = 13

/** The generation (LineBatch) that a stored mark of a file was made in; null for a mark that is of no file. */
export const generationOfMark = (mark: string): string | null => parseMark(mark)?.generation ?? null

/**
 * Lines that were read once, by the offsets they began at, from the contents that the mark was made in: the log itself, or what rotation
 * has made of it. What is not there any more, or not a file at all, is missing from the answer; nothing is thrown.
 */
export async function readBack(stream: string, mark: string, offsets: readonly number[]): Promise<Map<number, Buffer>> {
  const path = pathOfStream(stream)
  const place = parseMark(mark)
  const lines = new Map<number, Buffer>()
  if (path === null || place === null || offsets.length === 0) return lines
  try {
    const file = await locate(path, place)
    if (file === null) return lines
    await using handle = await open(file.path)
    if (isCompressed(file.path)) await readCompressed(handle, new Set(offsets), lines)
    else for (const offset of offsets) await readAt(handle, offset, lines)
  } catch {
    // It is being rotated, or may not be read: what was found by then is what there is.
  }
  return lines
}

async function readAt(handle: FileHandle, offset: number, lines: Map<number, Buffer>): Promise<void> {
  const from = Math.max(0, offset - 1)
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(MAX_LINE + 2), 0, MAX_LINE + 2, from)
  const bytes = buffer.subarray(0, bytesRead)
  // No line begins where the one before does not end.
  if (offset > 0 && bytes[0] !== NEWLINE) return
  const start = offset - from
  const newline = bytes.indexOf(NEWLINE, start)
  // The last line of a log that is not written any more may have none.
  const end = Math.min(newline < 0 ? bytes.length : newline, start + MAX_LINE)
  if (end <= start) return
  lines.set(offset, bytes.subarray(start, bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end))
}

async function readCompressed(handle: FileHandle, wanted: Set<number>, lines: Map<number, Buffer>): Promise<void> {
  const last = Math.max(...wanted)
  for await (const { bytes, spans, count, offset, end } of linesOf(decompress(chunksOf(handle)))) {
    for (let i = 0; i < count; i++) {
      const start = spans[2 * i]!
      if (wanted.has(offset + start)) lines.set(offset + start, Buffer.from(bytes.subarray(start, spans[2 * i + 1])))
    }
    if (end > last) return
  }
}
