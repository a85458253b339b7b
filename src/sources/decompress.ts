import { readSync } from 'node:fs'
import { createGunzip, createZstdDecompress } from 'node:zlib'

interface Format {
  /** What it begins with. */
  readonly magic: Buffer
  readonly createDecoder: typeof createGunzip | typeof createZstdDecompress
  /** Compressed bytes decoded at a time: bounds what one step can blow up to (deflate about 1000 times, zstd a block of 128 KiB from 4 bytes). */
  readonly step: number
}

/** What can be read here: gzip (RFC 1952 section 2.3.1) and zstd (RFC 8878 section 3.1.1). */
const FORMATS: readonly Format[] = [
  { magic: Buffer.from([0x1f, 0x8b]), createDecoder: createGunzip, step: 16_384 },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), createDecoder: createZstdDecompress, step: 1024 },
]
const MAGIC_BYTES = 4

const formatOf = (first: Buffer) => FORMATS.find(({ magic }) => first.subarray(0, magic.length).equals(magic))

/** Whether the file, which is open, begins like something that `decompress` decodes. @throws system errors */
export function isPacked(file: number): boolean {
  const first = Buffer.alloc(MAGIC_BYTES)
  return formatOf(first.subarray(0, readSync(file, first, 0, MAGIC_BYTES, 0))) !== undefined
}

/**
 * The contents of a gzip or zstd stream, several members included, or the stream itself if it is neither. When the data is corrupt or
 * ends early, everything decoded before is delivered first (of corrupt data up to a step less), then the zlib error is thrown.
 */
export async function* decompress(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const { first, all } = await peek(chunks)
  const format = formatOf(first)
  yield* format ? decode(format, all) : all
}

/** The first MAGIC_BYTES or more, fewer if there are no more; and the whole stream, those included. */
async function peek(chunks: AsyncIterable<Buffer>): Promise<{ first: Buffer; all: AsyncGenerator<Buffer, void> }> {
  const source = chunks[Symbol.asyncIterator]()
  let first: Buffer = Buffer.alloc(0)
  while (first.length < MAGIC_BYTES) {
    const next = await source.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
  }
  const all = async function* () {
    try {
      yield first
      yield* { [Symbol.asyncIterator]: () => source }
    } finally {
      await source.return?.()
    }
  }
  return { first, all: all() }
}

async function* decode({ createDecoder, step }: Format, compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const decoder = createDecoder()
  // Not `pipe` and `for await`: they drop what has been decoded when an error follows.
  let decoded: Buffer[] = []
  let failure: Error | null = null
  let settle = () => {}
  decoder.on('data', (chunk: Buffer) => decoded.push(chunk))
  decoder.on('error', (error) => {
    failure = error
    settle()
  })
  const finished = new Promise<void>((resolve) => decoder.once('close', resolve))
  // Resolves when a piece is decoded or has failed; a failing write never calls back.
  const take = (piece: Buffer) =>
    new Promise<void>((resolve) => {
      settle = resolve
      decoder.write(piece, () => resolve())
    })
  const drain = () => {
    const chunks = decoded
    decoded = []
    return chunks
  }
  try {
    for await (const chunk of compressed) {
      for (let at = 0; at < chunk.length && !failure; at += step) {
        await take(chunk.subarray(at, at + step))
        yield* drain()
      }
      if (failure) break
    }
    if (!failure) decoder.end()
    await finished
    yield* drain()
    if (failure) throw failure
  } finally {
    decoder.destroy()
  }
}
