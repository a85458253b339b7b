/**
 * Sets of bytes, each known by a small number: the same set always has the same one, so that automata compare labels as
 * integers. A newline is a byte like any other: the journal and JSON logs keep it inside a message.
 */
export type ByteSet = number

/** Bit b of word w says that byte 32 × w + b is in it. */
type Mask = Uint32Array

const WORDS = 8
const ids = new Map<string, ByteSet>()
const masks: Mask[] = []
const common = new Map<number, ByteSet>()
const read = new Map<string, ByteSet>()

function byteSet(mask: Mask): ByteSet {
  const key = mask.join()
  const known = ids.get(key)
  if (known !== undefined) return known
  ids.set(key, masks.length)
  return masks.push(mask) - 1
}

function add(mask: Mask, byte: number): void {
  mask[byte >>> 5]! |= 1 << (byte & 31)
}

export const NONE = byteSet(new Uint32Array(WORDS))
export const ANY = byteSet(new Uint32Array(WORDS).fill(0xffffffff))
export const HEX_DIGITS = bytesOf('[0-9A-Fa-f]')
export const BLANKS = bytesOf('[ \\t]')
export const SPACE = bytesOf(' ')

/** A set in words, which mean the same in every process; its number does not. */
export const wordsOf = (set: ByteSet): number[] => [...masks[set]!]
export const byteSetOf = (words: readonly number[]): ByteSet => byteSet(Uint32Array.from(words))

/** What one character, class or escape of a regular expression matches; asked of the engine itself, under the flag `s`. */
export function bytesOf(source: string): ByteSet {
  let set = read.get(source)
  if (set === undefined) {
    const regexp = new RegExp(`^${source}$`, 's')
    const mask = new Uint32Array(WORDS)
    for (let byte = 0; byte < 256; byte++) if (regexp.test(String.fromCharCode(byte))) add(mask, byte)
    set = byteSet(mask)
    read.set(source, set)
  }
  return set
}

export function intersection(a: ByteSet, b: ByteSet): ByteSet {
  if (a === b) return a
  const key = a < b ? a * 0x10000 + b : b * 0x10000 + a
  let both = common.get(key)
  if (both === undefined) {
    both = byteSet(masks[a]!.map((word, index) => word & masks[b]![index]!))
    common.set(key, both)
  }
  return both
}

export function complement(set: ByteSet): ByteSet {
  return byteSet(masks[set]!.map((word) => ~word))
}

export function union(a: ByteSet, b: ByteSet): ByteSet {
  return byteSet(masks[a]!.map((word, index) => word | masks[b]![index]!))
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return ((masks[set]![byte >>> 5]! >>> (byte & 31)) & 1) === 1
}

const members: (readonly number[])[] = []

/** Its bytes, in order. */
export function bytesIn(set: ByteSet): readonly number[] {
  members[set] ??= Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => hasByte(set, byte))
  return members[set]
}

/** Bytes that are in the same ones of some sets: nothing labelled with those sets tells them apart. */
export interface ByteClass {
  /** One of its bytes. */
  readonly byte: number
  readonly all: ByteSet
}

/** Every byte falls in one class; `of` has its index by byte. */
export function byteClasses(sets: Iterable<ByteSet>): { readonly of: Uint8Array; readonly classes: readonly ByteClass[] } {
  const indexOf = new Uint8Array(256)
  for (const set of new Set(sets)) {
    // What was one class may be two: its bytes that are in the set, and the others.
    const parts: number[] = []
    let count = 0
    for (let byte = 0; byte < 256; byte++) {
      const part = 2 * indexOf[byte]! + (hasByte(set, byte) ? 1 : 0)
      parts[part] ??= count++
      indexOf[byte] = parts[part]
    }
  }
  const classes: { byte: number; mask: Mask }[] = []
  for (const [byte, index] of indexOf.entries()) {
    classes[index] ??= { byte, mask: new Uint32Array(WORDS) }
    add(classes[index].mask, byte)
  }
  return { of: indexOf, classes: classes.map(({ byte, mask }) => ({ byte, all: byteSet(mask) })) }
}

/** The byte of a set that a person reads most easily. @throws RangeError for an empty set */
export function readableByte(set: ByteSet): number {
  for (const byte of BY_READABILITY) if (hasByte(set, byte)) return byte
  throw new RangeError('an empty set has no byte')
}

const BY_READABILITY = [
  ...Buffer.from('xabcdefghijklmnopqrstuvwyzXABCDEFGHIJKLMNOPQRSTUVWYZ5012346789', 'latin1'),
  ...Array.from({ length: 256 }, (_, i) => (i + 33) % 256),
]
