import { matchesGlob, resolve } from 'node:path'
import type { SourceConfig } from '../config/types.ts'
import { createSource, nameOf, pathOfStream, type Source, type SourceOptions, type SourceStatus } from '../sources/index.ts'
import type { LineBatch } from '../types.ts'
import { createFileNames } from './file-names.ts'
import { sourceMark } from './within-line.ts'

export interface SourceSetOptions extends Omit<SourceOptions, 'resume'> {
  /** Stored marks by stream. */
  readonly positions: ReadonlyMap<string, string>
  /** One batch of the source that is configured under this name (`nameOf`); its effects and its position are stored together. */
  readonly feed: (batch: LineBatch, source: string) => void
}

interface Reading {
  readonly entry: SourceConfig
  readonly source: Source
  /** Streams that are read already, by another source or under another name, and what they are called in the status. */
  readonly denied: Map<string, string>
}

/**
 * The sources that are read, one for each different entry of the configuration. A file that several entries name is read by one of them
 * only, also under two names: no line counts twice.
 */
export function createSourceSet({ positions, feed, ...options }: SourceSetOptions) {
  const marks = new Map([...positions].map(([stream, mark]) => [stream, sourceMark(mark)]))
  const readings = new Map<string, Reading>()
  const owners = new Map<string, Reading>()
  const names = createFileNames()
  for (const stream of marks.keys()) names.add(stream)
  let configured: readonly SourceConfig[] = []

  /** Another stream of the same file that is read, or will be as soon as it has something new. */
  function readTwin(stream: string): string | null {
    const twin = names.twinOf(stream)
    if (twin !== null && (owners.has(twin) || configured.some((entry) => isFileOf(entry, twin)))) return twin
    // After a rotation that its reader has not met yet.
    return names.sameNow(stream, owners.keys())
  }

  /** Why a stream is not read by this one: its file is read already. */
  function readAlready(reading: Reading, { source, position: { stream } }: LineBatch): string | null {
    const owner = owners.get(stream)
    if (owner === reading) return null
    if (owner) return `${source} is named by two sources, ${nameOf(owner.entry)} and ${nameOf(reading.entry)}: the first one reads it`
    const twin = readTwin(stream)
    return twin && `${source} is ${pathOfStream(twin)} by another name, under which it is read`
  }

  function take(reading: Reading, batch: LineBatch): void {
    const { stream, mark } = batch.position
    if (reading.denied.has(stream)) return
    const why = readAlready(reading, batch)
    if (why !== null) {
      options.onNotice(why)
      reading.denied.set(stream, batch.source)
      return
    }
    owners.set(stream, reading)
    names.took(stream, batch.generation)
    feed(batch, nameOf(reading.entry))
    marks.set(stream, mark)
  }

  async function open(entry: SourceConfig): Promise<void> {
    const reading: Reading = {
      entry,
      source: createSource(entry, { ...options, resume: (stream) => marks.get(stream) ?? marks.get(names.twinOf(stream) ?? '') }),
      denied: new Map(),
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
      configured = entries
      const wanted = new Map(entries.map((entry) => [keyOf(entry), entry]))
      const gone = [...readings].filter(([key]) => !wanted.has(key))
      // Who was denied a file goes on where its reader has come to.
      const heirs = gone.length === 0 ? [] : [...readings].filter(([key, { denied }]) => wanted.has(key) && denied.size > 0)
      for (const [key, reading] of [...gone, ...heirs]) await close(key, reading)
      for (const [key, entry] of wanted) if (!readings.has(key)) await open(entry)
    },
    /** One for each file; a file that two entries name stands there once. */
    status: (): SourceStatus[] => {
      const all = [...readings.values()].flatMap(({ source, denied }) => {
        const elsewhere = new Set(denied.values())
        return source.status().filter(({ name }) => !elsewhere.has(name))
      })
      return [...new Map(all.map((status) => [status.name, status])).values()]
    },
    /** What is not read yet and what is lost, by the name of each entry. */
    sums(): { lagBytes: Map<string, number>; droppedLines: Map<string, number> } {
      const lagBytes = new Map<string, number>()
      const droppedLines = new Map<string, number>()
      for (const { entry, source } of readings.values()) {
        const name = nameOf(entry)
        for (const status of source.status()) {
          lagBytes.set(name, (lagBytes.get(name) ?? 0) + status.lagBytes)
          droppedLines.set(name, (droppedLines.get(name) ?? 0) + status.droppedLines)
        }
      }
      return { lagBytes, droppedLines }
    },
    /** No batch is fed after it has resolved. */
    async stop(): Promise<void> {
      await Promise.all([...readings.values()].map(({ source }) => source.stop()))
    },
  }
}

/** Whether an entry names the file of a stream. */
function isFileOf(entry: SourceConfig, stream: string): boolean {
  const path = pathOfStream(stream)
  if (path === null || entry.type !== 'file') return false
  const pattern = resolve(entry.file)
  return path === pattern || matchesGlob(path, pattern)
}

const keyOf = (source: SourceConfig): string => JSON.stringify(source)
