import { keyedHash } from './keyed-hash.ts'
import { grown, SlotIndex } from './words.ts'

const HASH = 0
const HOLDERS = 1
/** Where its text begins, in units. */
const AT = 2
/** Bytes, times two, plus one where two make a character. */
const LENGTH = 3
const STRIDE = 4

const AT_SIGN = 64

/** Texts are kept in steps of this many bytes. */
const UNIT = 8
const UNITS_EXPECTED = 2

/** Texts that are remembered once, by number: users, IPv6 networks, endpoints, streams. About 24 bytes each besides the text itself. */
export class Names {
  #slots: Int32Array<ArrayBuffer>
  #used = 1
  #freeSlots: number[] = []
  #bytes: Buffer<ArrayBuffer>
  #usedUnits = 0
  /** By length in units: where a text of that length was. */
  readonly #freeUnits: number[][] = []
  readonly #index: SlotIndex
  /** UTF-16 units of the text looked for, and a 0; they are read more quickly here than in a string. */
  #spelling = new Uint16Array(128)
  #words = new Int32Array(this.#spelling.buffer)
  #length = 0
  /** The one whose text was last asked for: mostly that of a stream. */
  #lastName = 0
  #lastText = ''

  /** @param expected room for so many at first, of a usual length; it is only taken when it is written */
  constructor(expected: number) {
    this.#slots = new Int32Array((expected + 1) * STRIDE)
    this.#bytes = Buffer.from(new ArrayBuffer((expected + 1) * UNITS_EXPECTED * UNIT))
    this.#index = new SlotIndex(expected)
  }

  /** The number of a text that somebody holds; 0 when nobody does. */
  find(text: string): number {
    return this.#find(this.#spell(text, null))
  }

  /** The number of a text, held once more. With a `domain`: of both, joined by an @. */
  hold(text: string, domain: string | null = null): number {
    const hash = this.#spell(text, domain)
    const name = this.#find(hash) || this.#add(hash)
    this.#slots[name * STRIDE + HOLDERS]!++
    return name
  }

  holdAgain(name: number): void {
    this.#slots[name * STRIDE + HOLDERS]!++
  }

  /** Held once less; what nobody holds is forgotten. */
  release(name: number): void {
    const slot = name * STRIDE
    if (--this.#slots[slot + HOLDERS]! > 0) return
    if (name === this.#lastName) this.#lastName = 0
    this.#index.remove(this.#slots[slot + HASH]!, name)
    const units = unitsOf(this.#slots[slot + LENGTH]! >> 1)
    this.#freeUnits[units] ??= []
    this.#freeUnits[units].push(this.#slots[slot + AT]!)
    this.#freeSlots.push(name)
  }

  textOf(name: number): string {
    if (name !== this.#lastName) {
      this.#lastText = this.#read(name)
      this.#lastName = name
    }
    return this.#lastText
  }

  #read(name: number): string {
    const slot = name * STRIDE
    const start = this.#slots[slot + AT]! * UNIT
    const length = this.#slots[slot + LENGTH]!
    return this.#bytes.toString(length & 1 ? 'utf16le' : 'latin1', start, start + (length >> 1))
  }

  /** Sets the spelling. Returns its hash. */
  #spell(text: string, domain: string | null): number {
    const length = domain === null ? text.length : text.length + 1 + domain.length
    if (this.#spelling.length < length + 1) this.#spelling = new Uint16Array(2 * length + 2)
    const units = this.#spelling
    for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i)
    if (domain !== null) {
      const start = text.length + 1
      units[text.length] = AT_SIGN
      for (let i = 0; i < domain.length; i++) units[start + i] = domain.charCodeAt(i)
    }
    units[length] = 0
    this.#length = length
    if (this.#words.buffer !== units.buffer) this.#words = new Int32Array(units.buffer)
    return keyedHash(this.#words, (length + 1) >> 1, length)
  }

  /** The number of what is spelled, or 0. */
  #find(hash: number): number {
    for (let place = this.#index.first(hash); place >= 0; place = this.#index.next(place, hash)) {
      const name = this.#index.slotAt(place)
      if (this.#isSpelled(name)) return name
    }
    return 0
  }

  #isSpelled(name: number): boolean {
    const slot = name * STRIDE
    const start = this.#slots[slot + AT]! * UNIT
    const isWide = this.#slots[slot + LENGTH]! & 1
    const bytes = this.#bytes
    const units = this.#spelling
    const length = this.#length
    if (this.#slots[slot + LENGTH]! >> 1 !== length << isWide) return false
    if (isWide) for (let i = 0; i < length; i++) if ((bytes[start + 2 * i]! | (bytes[start + 2 * i + 1]! << 8)) !== units[i]) return false
    if (!isWide) for (let i = 0; i < length; i++) if (bytes[start + i] !== units[i]) return false
    return true
  }

  /** A number for what is spelled. */
  #add(hash: number): number {
    const units = this.#spelling
    let all = 0
    for (let i = 0; i < this.#length; i++) all |= units[i]!
    const isWide = all > 255 ? 1 : 0
    const length = this.#length << isWide
    const name = this.#freeSlots.pop() ?? this.#used++
    if (this.#slots.length < (name + 1) * STRIDE) this.#slots = grown(this.#slots, this.#slots.length * 2)
    const at = this.#room(unitsOf(length))
    for (let i = 0; i < this.#length; i++) {
      const place = at * UNIT + (i << isWide)
      this.#bytes[place] = units[i]!
      if (isWide) this.#bytes[place + 1] = units[i]! >> 8
    }
    const slot = name * STRIDE
    this.#slots[slot + HASH] = hash
    this.#slots[slot + HOLDERS] = 0
    this.#slots[slot + AT] = at
    this.#slots[slot + LENGTH] = length * 2 + isWide
    this.#index.add(hash, name)
    return name
  }

  #room(units: number): number {
    const free = this.#freeUnits[units]?.pop()
    if (free !== undefined) return free
    const at = this.#usedUnits
    this.#usedUnits += units
    if (this.#bytes.length < this.#usedUnits * UNIT) {
      const words = new Int32Array(this.#bytes.buffer)
      this.#bytes = Buffer.from(grown(words, Math.max(words.length * 2, this.#usedUnits * 4)).buffer)
    }
    return at
  }
}

const unitsOf = (bytes: number): number => (bytes + UNIT - 1) >> 3
