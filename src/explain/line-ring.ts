import type { EventKind, LineBatch, SipEvent } from '../types.ts'

/** Words before a line's text: where the one before it in its chain begins, offset (low), stream and offset (high), length, rule and user. */
const BEFORE = 0
const OFFSET = 1
const STREAM = 2
const LENGTH = 3
const RULE = 4
const HEADER = 5

const WORD = 0x1_0000_0000
const CHAINS = 1 << 15
/** Longer lines are not kept: an attacker's long ones must not push out everybody else's. */
const LONGEST_LINE = 8192
const LONGEST_USER = 64
/** Streams and rules that can be told apart; past it all is forgotten. */
const MOST_NAMES = 0xffff
/** Positions are counted up to here, then all is forgotten: some 4 GiB of lines. */
const LAST_POSITION = 2 ** 30

/** A line as it is remembered. */
export interface KeptLine {
  readonly source: string
  /** The filter pinned to its source. */
  readonly pin: string | null
  /** One character a byte. */
  readonly text: string
  readonly kind: EventKind
  /** `opensips/failed-registration` */
  readonly rule: string
  /** As long as it is not too long. */
  readonly user: string | null
}

interface Rule {
  readonly kind: EventKind
  readonly filter: string
  readonly id: string
  /** Both in one. */
  readonly rule: string
}

const isOf = (rule: Rule | undefined, event: SipEvent): boolean =>
  rule !== undefined && rule.id === event.rule && rule.filter === event.filter && rule.kind === event.kind

/**
 * The newest lines' bytes, found by stream and offset: one buffer that is written round and round, whose pages are touched only when lines
 * come. Chains through the entries themselves (as LZ77 has them) take the place of an index: nothing is allocated for a line.
 */
export class LineRing {
  readonly #mask: number
  readonly #words: Int32Array<ArrayBuffer>
  readonly #bytes: Buffer
  readonly #chains = new Int32Array(CHAINS)
  /** Where the next entry begins, in words since the start; 0 ends a chain. */
  #position = 1
  readonly #streams = new Map<string, number>()
  readonly #streamNames: { readonly source: string; readonly pin: string | null }[] = []
  readonly #rules: Rule[] = []
  #lastGeneration = ''
  #lastStream = 0
  #lastRule = 0

  /** @param size bytes, a power of two of at least 64 KiB */
  constructor(size: number) {
    this.#words = new Int32Array(size / 4)
    this.#bytes = Buffer.from(this.#words.buffer)
    this.#mask = size / 4 - 1
  }

  /** Remembers the line at bytes[start, end), which stands at `offset` of the batch's stream. */
  put(event: SipEvent, { generation, source, filter }: LineBatch, bytes: Buffer, start: number, end: number, offset: number): void {
    const length = end - start
    if (length > LONGEST_LINE) return
    if (this.#position > LAST_POSITION || this.#streamNames.length === MOST_NAMES || this.#rules.length === MOST_NAMES) this.#forget()
    const user = event.user !== null && event.user.length <= LONGEST_USER ? event.user : ''
    const size = HEADER + ((2 * user.length + length + 3) >> 2)
    const stream = generation === this.#lastGeneration ? this.#lastStream : this.#streamOf(generation, source, filter)
    const rule = this.#ruleOf(event)
    let at = this.#position & this.#mask
    if (at + size > this.#words.length) {
      this.#position += this.#words.length - at
      at = 0
    }
    const words = this.#words
    const chain = chainOf(stream, offset)
    words[at + BEFORE] = this.#chains[chain]!
    words[at + OFFSET] = offset
    words[at + STREAM] = (stream << 16) | Math.floor(offset / WORD)
    words[at + LENGTH] = length
    words[at + RULE] = (rule << 16) | user.length
    let byte = 4 * (at + HEADER)
    for (let i = 0; i < user.length; i++) {
      const code = user.charCodeAt(i)
      this.#bytes[byte++] = code
      this.#bytes[byte++] = code >> 8
    }
    bytes.copy(this.#bytes, byte, start, end)
    this.#chains[chain] = this.#position
    this.#position += size
  }

  /** The line at this offset of a stream; null where it is not remembered any more. */
  find(generation: string, offset: number): KeptLine | null {
    const stream = this.#streams.get(generation)
    if (stream === undefined) return null
    const high = (stream << 16) | Math.floor(offset / WORD)
    const words = this.#words
    for (let position = this.#chains[chainOf(stream, offset)]!; this.#holds(position); ) {
      const at = position & this.#mask
      if (words[at + OFFSET] === (offset | 0) && words[at + STREAM] === high) return this.#read(at)
      const before = words[at + BEFORE]!
      if (before >= position) return null
      position = before
    }
    return null
  }

  /** Whether an entry that began there has not been written over. */
  #holds(position: number): boolean {
    return position > 0 && this.#position - position <= this.#words.length - HEADER
  }

  #read(at: number): KeptLine {
    const userLength = this.#words[at + RULE]! & 0xffff
    const user = 4 * (at + HEADER)
    const text = user + 2 * userLength
    const { kind, rule } = this.#rules[this.#words[at + RULE]! >>> 16]!
    return {
      ...this.#streamNames[this.#words[at + STREAM]! >>> 16]!,
      ...{ kind, rule },
      user: userLength === 0 ? null : this.#bytes.toString('utf16le', user, text),
      text: this.#bytes.toString('latin1', text, text + this.#words[at + LENGTH]!),
    }
  }

  #streamOf(generation: string, source: string, pin: string | null): number {
    const stream = this.#streams.get(generation) ?? this.#streamNames.push({ source, pin }) - 1
    this.#streams.set(generation, stream)
    this.#lastGeneration = generation
    this.#lastStream = stream
    return stream
  }

  /** There are few rules, and the next line is mostly of the same. */
  #ruleOf(event: SipEvent): number {
    if (isOf(this.#rules[this.#lastRule], event)) return this.#lastRule
    const known = this.#rules.findIndex((rule) => isOf(rule, event))
    const { kind, filter, rule: id } = event
    this.#lastRule = known >= 0 ? known : this.#rules.push({ kind, filter, id, rule: `${filter}/${id}` }) - 1
    return this.#lastRule
  }

  #forget(): void {
    this.#chains.fill(0)
    this.#position = 1
    this.#streams.clear()
    this.#streamNames.length = 0
    this.#rules.length = 0
    this.#lastGeneration = ''
  }
}

const chainOf = (stream: number, offset: number): number => (Math.imul((offset | 0) ^ (stream << 20), 0x9e3779b1) >>> 17) & (CHAINS - 1)
