import type { LineBatch } from '../types.ts'
import { type Part, readPart } from './envelope.ts'
import { LONGEST_LINE } from './longest-line.ts'

/** A line as it is to be classified. Valid until the next one is asked for. */
export interface WholeLine {
  bytes: Buffer
  start: number
  end: number
  /** Of its first byte in the stream. */
  offset: number
  /** It may be the rest of a line whose beginning was not seen, so that a caller may have made all of it: not to be counted. */
  doubtful: boolean
}

/** Docker's parts are of 16 KiB, journald's of 48: a shorter record that does not end its line is the last word of a process. */
const PART_BYTES = 16_384
/** Logs whose unfinished lines are remembered; past it the one that has been silent longest is forgotten. */
const MOST_LOGS = 256
/** Unfinished lines of one log: Docker has two streams, the journal one a process. */
const MOST_STREAMS = 64
/** The records of one line stand together, but for what another stream prints between them: past so many none is the rest of a lost one. */
const RECORDS_IN_DOUBT = 64

const BRACE = 123

/** A line whose end has not come yet. */
interface Pending {
  readonly first: Part
  readonly offset: number
  readonly doubtful: boolean
  readonly texts: string[]
  bytes: number
}

/** What is known of one log file, by stream (stdout, stderr). */
interface Log {
  readonly pending: Map<string, Pending>
  /** Streams that have ended a line since the beginning of one may have been missed. */
  readonly ended: Set<string>
  /** Records to come of which one may be the rest of a line whose beginning was missed. */
  inDoubt: number
}

export interface JoinerOptions {
  /** Whether reading of this stream may begin within a line, when it does not begin at its start. Default: it may. */
  readonly beginsWithinLine?: (stream: string) => boolean
}

/**
 * Joins what was split into several records before it was read: the parts of a long line in Docker's json-file logs and in
 * journalctl -o json. Where reading begins within a file (after a restart), or a part was lost (escaped, it was longer than a line may
 * be), the first record may be the rest of a line, with a caller's text at its beginning.
 */
export function createJoiner({ beginsWithinLine = () => true }: JoinerOptions = {}) {
  const logs = new Map<string, Log>()
  const line: WholeLine = { bytes: Buffer.alloc(0), start: 0, end: 0, offset: 0, doubtful: false }
  let generation: string | null = null
  let log: Log = { pending: new Map(), ended: new Set(), inDoubt: 0 }

  const mayBeWithin = ({ offset, position }: LineBatch) => offset !== 0 && beginsWithinLine(position.stream)

  function logOf(batch: LineBatch): Log {
    const known = logs.get(batch.generation)
    logs.delete(batch.generation)
    if (!known && logs.size >= MOST_LOGS) logs.delete(logs.keys().next().value as string)
    const found = known ?? { pending: new Map(), ended: new Set(), inDoubt: mayBeWithin(batch) ? RECORDS_IN_DOUBT : 0 }
    logs.set(batch.generation, found)
    return found
  }

  function loseTrack(): void {
    log.pending.clear()
    log.ended.clear()
    log.inDoubt = RECORDS_IN_DOUBT
  }

  function add(part: Part): WholeLine | null {
    const { stream } = part
    const begun = log.pending.get(stream)
    const doubtful = log.inDoubt > 0 && !log.ended.has(stream)
    const goesOn = part.open && line.end - line.start >= PART_BYTES
    if (log.inDoubt > 0 && !goesOn) log.ended.add(stream)
    line.doubtful = doubtful
    if (!begun && !goesOn) return line
    const whole = begun ?? { first: part, offset: line.offset, doubtful, texts: [], bytes: 0 }
    // What is too long is as good as cut: its rest is left out.
    if (whole.bytes < LONGEST_LINE) whole.texts.push(part.text)
    whole.bytes += Buffer.byteLength(part.text)
    if (goesOn) {
      if (log.pending.size >= MOST_STREAMS) loseTrack()
      log.pending.set(stream, whole)
      return null
    }
    log.pending.delete(stream)
    line.bytes = Buffer.from(JSON.stringify({ ...whole.first.record, [whole.first.field]: whole.texts.join('') }))
    line.start = 0
    line.end = line.bytes.length
    line.offset = whole.offset
    line.doubtful = whole.doubtful
    return line
  }

  return {
    /** Whether the next batch of this log may begin within a line: to be kept with the batch's position, for after a restart. */
    endsWithinLine(batch: LineBatch): boolean {
      const known = logs.get(batch.generation)
      return known !== undefined && (known.pending.size > 0 || known.inDoubt > 0)
    },
    /** The whole line that ends with line `index` of the batch; null where the line goes on in a later one. Batches of a log come in order. */
    join(batch: LineBatch, index: number): WholeLine | null {
      if (generation !== batch.generation) {
        generation = batch.generation
        log = logOf(batch)
      }
      const start = batch.spans[2 * index] as number
      const end = batch.spans[2 * index + 1] as number
      line.bytes = batch.bytes
      line.start = start
      line.end = end
      line.offset = batch.offset + start
      line.doubtful = false
      const ordinary = end - start < PART_BYTES && log.pending.size === 0 && log.inDoubt === 0
      if (ordinary || batch.bytes[start] !== BRACE) return line
      const part = readPart(batch.bytes.toString('latin1', start, end))
      if (part === null && end - start >= LONGEST_LINE) {
        // Cut: nobody can say of which stream it was, or whether its line goes on.
        loseTrack()
        return line
      }
      const whole = part === null ? line : add(part)
      if (log.inDoubt > 0) log.inDoubt--
      return whole
    },
  }
}
