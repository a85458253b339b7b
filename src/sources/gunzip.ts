import { createGunzip } from 'node:zlib'

/** Compressed bytes decoded at a time: bounds what one step can blow up to (deflate expands at most about 1000 times). */
const STEP = 16_384

export const isGzip = (firstBytes: Uint8Array): boolean => firstBytes[0] === 0x1f && firstBytes[1] === 0x8b

/**
 * The contents of a gzip stream, several members included. When the data is corrupt or ends early, everything decoded before is
 * delivered first (of corrupt data up to 16 KiB less), then the zlib error is thrown.
 */
export async function* gunzip(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const decoder = createGunzip()
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
  const decode = (piece: Buffer) =>
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
      for (let at = 0; at < chunk.length && !failure; at += STEP) {
        await decode(chunk.subarray(at, at + STEP))
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
