import type { LineBatch } from '../src/types.ts'

let offset = 0

/** Lines as a source delivers them; offsets go on from batch to batch, so that event ids are unique within a test file. */
export function batchOf(lines: readonly (string | Buffer)[], given: Partial<LineBatch> = {}): LineBatch {
  const parts = lines.map((line) => Buffer.concat([Buffer.from(line), Buffer.from('\n')]))
  const spans = new Uint32Array(lines.length * 2)
  let at = 0
  parts.forEach((part, i) => {
    spans[2 * i] = at
    spans[2 * i + 1] = at + part.length - 1
    at += part.length
  })
  const batch: LineBatch = {
    source: 'test.log',
    generation: 'g1',
    filter: null,
    form: 'text',
    bytes: Buffer.concat(parts),
    spans,
    count: lines.length,
    offset,
    receivedAtMs: Date.UTC(2026, 10, 22),
    position: { stream: 'test.log', mark: String(offset + at) },
    cut: 0,
    lagBytes: 0,
    ...given,
  }
  offset += at
  return batch
}
