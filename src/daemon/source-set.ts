import type { SourceConfig } from '../config/types.ts'
import { createSource, type Source, type SourceOptions, type SourceStatus } from '../sources/index.ts'
import type { LineBatch } from '../types.ts'
import { sourceMark } from './within-line.ts'

export interface SourceSetOptions extends Omit<SourceOptions, 'resume'> {
  /** Stored marks by stream. */
  readonly positions: ReadonlyMap<string, string>
  /** One batch of the source that is configured as `file`; its effects and its position are stored together. */
  readonly feed: (batch: LineBatch, file: string) => void
}

interface Reading {
  readonly entry: SourceConfig
  readonly source: Source
  /** Streams that another source was reading already. */
  readonly denied: Set<string>
}

/**
 * The sources that are read, one for each different entry of the configuration. A file that several entries name is read by one of them
 * only: no line counts twice.
 */
export function createSourceSet({ positions, feed, ...options }: SourceSetOptions) {
  const marks = new Map([...positions].map(([stream, mark]) => [stream, sourceMark(mark)]))
  const readings = new Map<string, Reading>()
  const owners = new Map<string, Reading>()

  function take(reading: Reading, batch: LineBatch): void {
    const { stream, mark } = batch.position
    const owner = owners.get(stream) ?? reading
    if (owner !== reading) {
      if (!reading.denied.has(stream)) {
        options.onNotice(`${batch.source} is named by two sources, ${owner.entry.file} and ${reading.entry.file}: the first one reads it`)
      }
      reading.denied.add(stream)
      return
    }
    owners.set(stream, reading)
    feed(batch, reading.entry.file)
    marks.set(stream, mark)
  }

  async function open(entry: SourceConfig): Promise<void> {
    const reading: Reading = {
      entry,
      source: createSource(entry, { ...options, resume: (stream) => marks.get(stream) }),
      denied: new Set(),
    }
    readings.set(keyOf(entry), reading)
    await reading.source.start((batch) => take(reading, batch))
  }

  async function close(key: string, reading: Reading): Promise<void> {
    await reading.source.stop()
    readings.delete(key)
    for (const [stream, owner] of owners) if (owner === reading) owners.delete(stream)
  }

  return {
    /** Reads these from now on: where each was left, or where `startOffset` says. What is read already goes on undisturbed. */
    async set(entries: readonly SourceConfig[]): Promise<void> {
      const wanted = new Map(entries.map((entry) => [keyOf(entry), entry]))
      const gone = [...readings].filter(([key]) => !wanted.has(key))
      // Who was denied a file goes on where its reader has come to.
      const heirs = gone.length === 0 ? [] : [...readings].filter(([key, { denied }]) => wanted.has(key) && denied.size > 0)
      for (const [key, reading] of [...gone, ...heirs]) await close(key, reading)
      for (const [key, entry] of wanted) if (!readings.has(key)) await open(entry)
    },
    /** One for each file; a file that two entries name stands there once. */
    status: (): SourceStatus[] => {
      const all = [...readings.values()].flatMap(({ source }) => source.status())
      return [...new Map(all.map((status) => [status.name, status])).values()]
    },
    /** Bytes not read yet, by the `file` of each entry. */
    lagBytes: (): Map<string, number> => {
      const lag = new Map<string, number>()
      for (const { entry, source } of readings.values()) {
        const bytes = source.status().reduce((sum, { lagBytes }) => sum + lagBytes, 0)
        lag.set(entry.file, (lag.get(entry.file) ?? 0) + bytes)
      }
      return lag
    },
    /** No batch is fed after it has resolved. */
    async stop(): Promise<void> {
      await Promise.all([...readings.values()].map(({ source }) => source.stop()))
    },
  }
}

const keyOf = (source: SourceConfig): string => JSON.stringify(source)
