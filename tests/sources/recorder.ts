import { setTimeout as later } from 'node:timers/promises'
import { createFileSource, type FileSourceOptions } from '../../src/sources/file-source.ts'
import type { Source } from '../../src/sources/source.ts'

export interface Recorded {
  readonly text: string
  readonly source: string
  readonly generation: string
  readonly offset: number
}

/**
 * What stands behind a source: keeps the lines and, with them, the positions, as a daemon's state does. `start` and `stop` may alternate;
 * `rollBack` is a kill -9 that loses what was not committed.
 */
export class Recorder {
  readonly lines: Recorded[] = []
  readonly notices: string[] = []
  readonly positions = new Map<string, string>()
  /** After each batch: how many lines there were, and the positions. */
  readonly commits: { lines: number; positions: Map<string, string> }[] = []
  readonly #options: Partial<FileSourceOptions> & { file: string }
  source: Source | null = null
  cut = 0
  /** Ran between receiving a batch and taking it. */
  onBatch: () => void | Promise<void> = () => {}
  now: () => number = Date.now

  constructor(options: Partial<FileSourceOptions> & { file: string }) {
    this.#options = options
  }

  async start(): Promise<this> {
    this.source = createFileSource({
      filter: null,
      fromStart: false,
      resume: (stream) => this.positions.get(stream),
      now: () => this.now(),
      onNotice: (message) => this.notices.push(message),
      ...this.#options,
    })
    await this.source.start(async (batch) => {
      await this.onBatch()
      for (let i = 0; i < batch.count; i++) {
        const start = batch.spans[2 * i]!
        const text = batch.bytes.toString('latin1', start, batch.spans[2 * i + 1]!)
        this.lines.push({ text, source: batch.source, generation: batch.generation, offset: batch.offset + start })
      }
      this.cut += batch.cut
      this.positions.set(batch.position.stream, batch.position.mark)
      this.commits.push({ lines: this.lines.length, positions: new Map(this.positions) })
    })
    return this
  }

  async stop(): Promise<void> {
    await this.source?.stop()
    this.source = null
  }

  /** The state is what it was after an earlier batch. Returns the lines that are forgotten. */
  rollBack(commit: number): Recorded[] {
    const { lines, positions } = this.commits[commit]!
    this.positions.clear()
    for (const [stream, mark] of positions) this.positions.set(stream, mark)
    this.commits.length = commit + 1
    return this.lines.splice(lines)
  }

  get texts(): string[] {
    return this.lines.map(({ text }) => text)
  }
}

/** Waits for a condition, at most ten seconds. */
export async function until(condition: () => boolean, what: () => string = () => ''): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${condition} ${what()}`)
    await later(5)
  }
}
