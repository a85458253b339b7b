import { keyedHash } from './keyed-hash.ts'
import { grown, SlotIndex } from './words.ts'

const HASH = 0
const HOLDERS = 1
/** Where its text begins, in units. */
const AT = 2
/** Bytes, times two, plus one where two make a character. */
const LENGTH = 3
const STRIDE = 4

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
    return this.#find(text, keyedHash(0, 0, 0, text))
  }

  /** The number of a text, held once more. */
  hold(text: string): number {
    const hash = keyedHash(0, 0, 0, text)
    const name = this.#find(text, hash) || this.#add(text, hash)
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

  #find(text: string, hash: number): number {
    for (let place = this.#index.first(hash); place >= 0; place = this.#index.next(place, hash)) {
      const name = this.#index.slotAt(place)
      if (this.#isText(name, text)) return name
    }
    return 0
  }

  #isText(name: number, text: string): boolean {
    const slot = name * STRIDE
    const start = this.#slots[slot + AT]! * UNIT
    const length = this.#slots[slot + LENGTH]!
    if (length & 1) return this.#read(name) === text
    if (length !== text.length * 2) return false
    for (let i = 0; i < text.length; i++) if (this.#bytes[start + i] !== text.charCodeAt(i)) return false
    return true
  }

  #add(text: string, hash: number): number {
    const wide = isWide(text)
    const length = wide ? text.length * 2 : text.length
    const name = this.#freeSlots.pop() ?? this.#used++
    if (this.#slots.length < (name + 1) * STRIDE) this.#slots = grown(this.#slots, this.#slots.length * 2)
    const at = this.#room(unitsOf(length))
    this.#bytes.write(text, at * UNIT, wide ? 'utf16le' : 'latin1')
    const slot = name * STRIDE
    this.#slots[slot + HASH] = hash
    this.#slots[slot + HOLDERS] = 0
    this.#slots[slot + AT] = at
    this.#slots[slot + LENGTH] = length * 2 + (wide ? 1 : 0)
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

function isWide(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return true
  return false
}
