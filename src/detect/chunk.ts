import { HIT_WORDS, liveOf, type MarkedHit, readHit, spentOf } from './hits.ts'
import type { LaidOut } from './layout.ts'
import { IS_IPV4, kindOf, PAIR } from './records.ts'
import type { Store } from './store.ts'
import { VarintReader, VarintWriter } from './varints.ts'

const PROVED = 1
const VALUE_IS_IPV4 = 2
const HIT_FLAGS = 4

/** What stands before the records. */
export interface ChunkHead {
  /** Number of the oldest chunk that is still needed beside this one. */
  readonly since: number
  readonly windows: readonly LaidOut[]
  readonly names: readonly string[]
  /** Keys of records that are gone (Store.textOf). */
  readonly gone: readonly string[]
  /** By the number of the record in this chunk: until when a window of it is armed, epoch ms. */
  readonly armed: readonly (readonly [record: number, bit: number, untilMs: number])[]
}

/** A record as it stands in a chunk. Names, also those in its hits, are numbers in the head's list, from 1; 0: none. */
export interface WrittenRecord {
  readonly number: number
  readonly tag: number
  /** An IPv4 address where the tag says so. */
  readonly a: number
  readonly b: number
  readonly hits: readonly MarkedHit[]
}

/** Packs records into text: a line of JSON, then numbers in base64, times and offsets as what they differ by from those before. */
export class ChunkWriter {
  readonly #store: Store
  readonly #out = new VarintWriter()
  #count = 0
  #lastMs = 0
  #lastOffset = 0
  readonly #names: string[] = []
  readonly #numbers = new Map<number, number>()
  readonly #armed: [record: number, bit: number, untilMs: number][] = []

  constructor(store: Store) {
    this.#store = store
  }

  add(slot: number): void {
    const { records, hits } = this.#store
    const out = this.#out
    const tag = records.tag(slot)
    const count = this.#store.count(slot)
    out.put(tag)
    out.put(tag & IS_IPV4 ? records.a(slot) >>> 0 : this.#number(records.a(slot)))
    if (kindOf(tag) === PAIR) out.put(this.#number(records.b(slot)))
    out.put(count)
    const start = records.block(slot)
    const end = start + count * HIT_WORDS
    for (let at = start; at < end; at += HIT_WORDS) this.#addHit(hits.words, at)
    for (const [bit, untilMs] of this.#store.armedOf(slot)) this.#armed.push([this.#count, bit, untilMs])
    this.#count++
  }

  #addHit(words: Store['hits']['words'], at: number): void {
    const out = this.#out
    const { atMs, stem, offset, proved, value, valueIsIPv4 } = readHit(words, at)
    out.putSigned(atMs - this.#lastMs)
    out.put(this.#number(stem) * HIT_FLAGS + (proved ? PROVED : 0) + (valueIsIPv4 ? VALUE_IS_IPV4 : 0))
    out.putSigned(offset - this.#lastOffset)
    out.put(valueIsIPv4 ? value >>> 0 : this.#number(value))
    out.put(liveOf(words, at))
    out.put(spentOf(words, at))
    this.#lastMs = atMs
    this.#lastOffset = offset
  }

  toText(since: number, windows: readonly LaidOut[], gone: readonly string[]): string {
    const head: ChunkHead = { since, windows, names: this.#names, gone, armed: this.#armed }
    return `${JSON.stringify(head)}\n${this.#out.text}`
  }

  #number(name: number): number {
    if (name === 0) return 0
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.#names.push(this.#store.names.textOf(name))
    this.#numbers.set(name, number)
    return number
  }
}

/** The head of a chunk, and its records, which can be gone through once. */
export function readChunk(text: string): { readonly head: ChunkHead; readonly records: Iterable<WrittenRecord> } {
  const end = text.indexOf('\n')
  return { head: JSON.parse(text.slice(0, end)) as ChunkHead, records: readRecords(new VarintReader(text.slice(end + 1))) }
}

function* readRecords(from: VarintReader): Generator<WrittenRecord> {
  let atMs = 0
  let offset = 0
  const readHit = (): MarkedHit => {
    atMs += from.takeSigned()
    const stemAndFlags = from.take()
    offset += from.takeSigned()
    const [value, live, spent] = [from.take(), from.take(), from.take()]
    const valueIsIPv4 = (stemAndFlags & VALUE_IS_IPV4) !== 0
    const stem = Math.floor(stemAndFlags / HIT_FLAGS)
    return { atMs, stem, offset, proved: (stemAndFlags & PROVED) !== 0, value: valueIsIPv4 ? value | 0 : value, valueIsIPv4, live, spent }
  }
  for (let number = 0; !from.atEnd; number++) {
    const tag = from.take()
    const a = from.take()
    const b = kindOf(tag) === PAIR ? from.take() : 0
    const hits = Array.from({ length: from.take() }, readHit)
    yield { number, tag, a: tag & IS_IPV4 ? a | 0 : a, b, hits }
  }
}
