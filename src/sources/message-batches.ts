import { randomUUID } from 'node:crypto'
import type { Clock, LineBatch } from '../types.ts'

export interface MessageBatchesOptions {
  readonly name: string
  readonly filter: string | null
  readonly form: LineBatch['form']
  readonly now: Clock
  /** What of a message is handed on. */
  readonly toLine: (message: Buffer) => { readonly line: Buffer; readonly cut: boolean }
}

/** Makes batches of messages that come once: ids are of this start, a random generation and an offset. */
export function createMessageBatches({ name, filter, form, now, toLine }: MessageBatchesOptions) {
  const generation = randomUUID()
  let offset = 0

  /** Empty messages are no lines. `lagBytes`: what has been received and waits behind them. */
  return (messages: readonly Buffer[], lagBytes: number): LineBatch => {
    const lines = messages.map(toLine).filter(({ line }) => line.length > 0)
    const bytes = Buffer.concat(lines.map(({ line }) => line))
    const spans = new Uint32Array(2 * lines.length)
    let at = 0
    lines.forEach(({ line }, i) => {
      spans[2 * i] = at
      at += line.length
      spans[2 * i + 1] = at
    })
    const cut = lines.filter((line) => line.cut).length
    const position = { stream: name, mark: '' }
    const batch = { source: name, generation, filter, form, bytes, spans, count: lines.length, offset, position, cut, lagBytes }
    offset += bytes.length
    return { ...batch, receivedAtMs: now() }
  }
}
