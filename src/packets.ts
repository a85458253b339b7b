import type { Config } from './config/types.ts'
import { createHepReader } from './hep/index.ts'
import type { HepReader, HepRefusal } from './hep/types.ts'
import { HEP_REFUSALS } from './hep/types.ts'
import { nameOf } from './sources/name.ts'
import type { LineBatch, SipEvent } from './types.ts'

export interface PacketsOptions {
  readonly sources: Config['sources']
  /** Whether an address is a server's of ours, now. */
  readonly isSelf: (ip: string) => boolean
}

/** What each HEP source brings, read by a reader of its own: no source can complete another's transactions. */
export function createPackets({ sources, isSelf }: PacketsOptions) {
  const readers = new Map<string, HepReader>()
  let keys = keysOf(sources)
  let senders = sendersOf(sources)

  function readerOf(source: string): HepReader {
    const known = readers.get(source)
    if (known) return known
    const isServer = (ip: string) => isSelf(ip) || senders.get(source)?.has(ip) === true
    const reader = createHepReader({ isSelf: isServer, key: keys.get(source) ?? null })
    readers.set(source, reader)
    return reader
  }

  return {
    /** The events that one packet of a batch begins or completes. `id` is theirs. */
    read({ source, bytes, spans, receivedAtMs }: LineBatch, index: number, id: string): readonly SipEvent[] {
      const packet = bytes.subarray(spans[2 * index], spans[2 * index + 1])
      return from(source, readerOf(source).read(packet, receivedAtMs, id))
    },
    /** Requests that nobody has answered in time. */
    *tick(nowMs: number): Generator<SipEvent> {
      for (const [source, reader] of readers) yield* from(source, reader.tick(nowMs))
    },
    /** How many packets of a source were not read. */
    refusedOf: (source: string): number => sum(readers.get(source)?.refused ?? {}),
    /** The same over all sources, by reason. */
    refused: (): Record<HepRefusal, number> => {
      const refused = [...readers.values()].map((reader) => reader.refused)
      return Object.fromEntries(HEP_REFUSALS.map((why) => [why, sum(refused.map((of) => of[why]))])) as Record<HepRefusal, number>
    },
    /** Addresses of servers that take our registrations. */
    peers: (): string[] => [...new Set([...readers.values()].flatMap(({ peers }) => peers))],
    /** A source whose key changed is read anew. */
    reconfigure(fresh: Config['sources']): void {
      const known = keys
      keys = keysOf(fresh)
      senders = sendersOf(fresh)
      for (const source of readers.keys()) if (keys.get(source) !== known.get(source)) readers.delete(source)
    },
  }
}

function from(source: string, events: readonly SipEvent[]): readonly SipEvent[] {
  for (const event of events) event.source = source
  return events
}

const keysOf = (sources: Config['sources']) =>
  new Map(sources.flatMap((source) => (source.type === 'hep' ? [[nameOf(source), source.key] as const] : [])))

/** Who mirrors is a server itself. Of a network it is not known which of its addresses are. */
const sendersOf = (sources: Config['sources']) =>
  new Map(sources.flatMap((source) => (source.type === 'hep' ? [[nameOf(source), new Set(source.from)] as const] : [])))

const sum = (numbers: Iterable<number> | Readonly<Record<string, number>>): number =>
  (Symbol.iterator in numbers ? [...numbers] : Object.values(numbers)).reduce((a, b) => a + b, 0)
