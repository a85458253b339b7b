import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { Delivery } from './delivery.ts'
import type { SourceOptions } from './file-source.ts'
import { linesOf } from './lines-of.ts'
import { codeOf, reasonOf } from './reason.ts'
import { NOTHING_LOST, type Source } from './source.ts'

export interface StdinSourceOptions extends Pick<SourceOptions, 'now' | 'onNotice'> {
  readonly filter: string | null
  /** Default: standard input. */
  readonly input?: Readable
}

const NAME = 'stdin'
const ENDED = 'it has ended'

/**
 * Reads standard input to its end, once: what was read and not committed when the daemon dies is gone. The last line is read also
 * without its newline. Ids are of this start: a random generation and the offset.
 */
export function createStdinSource({ filter, now, onNotice, input = process.stdin }: StdinSourceOptions): Source {
  const generation = randomUUID()
  let delivery: Delivery | null = null
  let reading: Promise<void> = Promise.resolve()
  let trouble: string | null = null
  let stopped = false

  async function read(delivery: Delivery): Promise<void> {
    for await (const { bytes, spans, count, offset, cut } of linesOf(input, { eager: true })) {
      if (count === 0) continue
      const position = { stream: NAME, mark: '' }
      const read = { source: NAME, generation, filter, form: 'text', bytes, spans, count, offset } as const
      if (!(await delivery.deliver({ ...read, receivedAtMs: now(), position, cut, lagBytes: 0 }))) return
    }
  }

  function over(error: unknown): void {
    if (stopped) return
    const why = error === null || codeOf(error) === 'ERR_STREAM_PREMATURE_CLOSE' ? ENDED : reasonOf(error)
    trouble = why
    onNotice(`${NAME}: ${why}`)
  }

  return {
    async start(sink) {
      delivery = new Delivery(sink, (message) => onNotice(`${NAME}: ${message}`))
      reading = read(delivery).then(() => over(null), over)
    },
    async stop() {
      stopped = true
      input.destroy()
      await delivery?.end()
      await reading
    },
    status() {
      const { lastLineAtMs = null, trouble: untaken = null } = delivery ?? {}
      return [{ name: NAME, lagBytes: 0, lastLineAtMs, trouble: untaken ?? trouble, ...NOTHING_LOST }]
    },
  }
}
