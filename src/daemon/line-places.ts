import { generationOfMark, readBack } from '../sources/index.ts'
import type { LineBatch } from '../types.ts'
import { sourceMark } from './within-line.ts'

/** Contents of logs remembered; past it the longest unread go. */
const MOST = 1000

/** Where the lines of one content stand. */
interface LinePlace {
  /** Null: it was read before the last start only. */
  source: string | null
  pin: string | null
  readonly stream: string
  mark: string
}

/** Which log an event id's generation is, so that a line can be read again. `positions` are the stored ones, by stream. */
export function createLinePlaces(positions: ReadonlyMap<string, string>) {
  const places = new Map<string, LinePlace>()
  for (const [stream, stored] of positions) {
    const mark = sourceMark(stored)
    const generation = generationOfMark(mark)
    if (generation !== null) places.set(generation, { source: null, pin: null, stream, mark })
  }
  let newest: LinePlace | null = null
  let newestGeneration = ''

  return {
    /** A batch is read. */
    note({ generation, source, filter, position: { stream, mark } }: LineBatch): void {
      if (newest === null || generation !== newestGeneration) {
        newest = places.get(generation) ?? { source, pin: filter, stream, mark }
        newest.source = source
        newest.pin = filter
        newestGeneration = generation
        places.delete(generation)
        places.set(generation, newest)
        if (places.size > MOST) places.delete(places.keys().next().value!)
      }
      newest.mark = mark
    },
    of: (generation: string): Readonly<Pick<LinePlace, 'source' | 'pin'>> | null => places.get(generation) ?? null,
    /** Lines by their offsets, as far as they are still there. */
    async read(generation: string, offsets: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
      const place = places.get(generation)
      return place === undefined ? new Map() : readBack(place.stream, place.mark, offsets)
    },
  }
}
