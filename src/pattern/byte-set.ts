/**
 * Sets of bytes, each known by a small number: the same set always has the same one, so that automata compare labels as
 * integers. A newline is a byte like any other: the journal and JSON logs keep it inside a message.
 */
export type ByteSet = number

const ids = new Map<bigint, ByteSet>()
const masks: bigint[] = []
const common = new Map<number, ByteSet>()
const read = new Map<string, ByteSet>()

/** The set whose bit b says that byte b is in it. */
function byteSet(mask: bigint): ByteSet {
  const known = ids.get(mask)
  if (known !== undefined) return known
  ids.set(mask, masks.length)
  return masks.push(mask) - 1
}

export const NONE = byteSet(0n)
export const ANY = byteSet((1n << 256n) - 1n)
export const HEX_DIGITS = bytesOf('[0-9A-Fa-f]')
export const BLANKS = bytesOf('[ \\t]')
export const SPACE = bytesOf(' ')

/** What one character, class or escape of a regular expression matches; asked of the engine itself, under the flag `s`. */
export function bytesOf(source: string): ByteSet {
  let set = read.get(source)
  if (set === undefined) {
    const regexp = new RegExp(`^${source}$`, 's')
    let mask = 0n
    for (let byte = 0; byte < 256; byte++) if (regexp.test(String.fromCharCode(byte))) mask |= 1n << BigInt(byte)
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
    both = byteSet((masks[a] as bigint) & (masks[b] as bigint))
    common.set(key, both)
  }
  return both
}

export function complement(set: ByteSet): ByteSet {
  return byteSet((masks[ANY] as bigint) ^ (masks[set] as bigint))
}

export function union(a: ByteSet, b: ByteSet): ByteSet {
  return byteSet((masks[a] as bigint) | (masks[b] as bigint))
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return (((masks[set] as bigint) >> BigInt(byte)) & 1n) === 1n
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
  const distinct = [...new Set(sets)]
  const of = new Uint8Array(256)
  const known = new Map<string, { index: number; byte: number; mask: bigint }>()
  for (let byte = 0; byte < 256; byte++) {
    const signature = distinct.map((set) => (hasByte(set, byte) ? '1' : '0')).join('')
    let entry = known.get(signature)
    if (entry === undefined) {
      entry = { index: known.size, byte, mask: 0n }
      known.set(signature, entry)
    }
    entry.mask |= 1n << BigInt(byte)
    of[byte] = entry.index
  }
  return { of, classes: [...known.values()].map(({ byte, mask }) => ({ byte, all: byteSet(mask) })) }
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
