import { hash } from 'node:crypto'

/** How many of a file's first bytes tell it from others. */
export const HEAD_BYTES = 256

/**
 * Where reading of a file goes on, and how to know that file again: under another name, as a copy, compressed, or not at all because
 * its inode was reused or it was truncated and filled anew. Stored as JSON; opaque outside this folder.
 */
export interface Mark {
  readonly dev: string
  readonly ino: string
  /** End of the last complete line that was delivered, bytes. */
  readonly offset: number
  /** `offset` lies inside a line that was cut. */
  readonly skipping: boolean
  /** Hash of the file's first `headBytes` bytes, at most HEAD_BYTES; of none while the file was empty. */
  readonly head: string
  readonly headBytes: number
  /** How often this inode was seen truncated. */
  readonly truncations: number
  /** Empty until the file had its first line. */
  readonly generation: string
  /** When the file had last been written to, as seen before reading; epoch ns, in decimal. Absent in marks of 0.1.0. */
  readonly written?: string
  /** When the file `dev:ino` was made, epoch ns, in decimal; 0 or absent where that is not known. */
  readonly born?: string
}

const digest = (data: Buffer | string): string => hash('sha256', data).slice(0, 16)

/**
 * Identity of a file's contents: device, inode, how often it was truncated, and the first line with its newline, at most its first
 * HEAD_BYTES bytes. These never change while the file grows, so whoever reads it from its start finds the same again.
 */
function generationOf(file: { dev: string; ino: string; truncations: number }, head: Buffer): string {
  const newline = head.indexOf(10)
  const firstLine = newline < 0 ? head : head.subarray(0, newline + 1)
  return digest(`${file.dev}:${file.ino}:${file.truncations}:${digest(firstLine)}`)
}

/** Whether contents that begin with `head` can be the ones the mark was made in. Always true for a mark made in an empty file. */
export function headFits(mark: Mark, head: Buffer): boolean {
  return head.length >= mark.headBytes && digest(head.subarray(0, mark.headBytes)) === mark.head
}

/** A stored mark; null for one that is not ours to read. */
export function parseMark(text: string): Mark | null {
  try {
    const mark = JSON.parse(text) as Mark
    const strings = [mark.dev, mark.ino, mark.head, mark.generation].every((value) => typeof value === 'string')
    const numbers = [mark.offset, mark.headBytes, mark.truncations].every((value) => Number.isSafeInteger(value) && value >= 0)
    const times = [mark.written, mark.born].every((value) => value === undefined || /^\d{1,20}$/.test(value))
    return strings && numbers && times ? mark : null
  } catch {
    return null
  }
}

/** The contents being read and how far: what a mark is made of. */
export class Place {
  readonly dev: string
  readonly ino: string
  readonly truncations: number
  offset = 0
  skipping = false
  /** When the file was last written to, epoch ns; who reads it says so. */
  writtenNs = 0n
  /** When the file `dev:ino` was made, epoch ns; 0n: not known. */
  bornNs = 0n
  #head: Buffer = Buffer.alloc(0)
  #digest = digest('')
  #generation = ''

  constructor(file: { dev: string; ino: string; truncations: number }) {
    this.dev = file.dev
    this.ino = file.ino
    this.truncations = file.truncations
  }

  static at(mark: Mark): Place {
    const place = new Place(mark)
    place.offset = mark.offset
    place.skipping = mark.skipping
    place.bornNs = BigInt(mark.born ?? 0)
    place.#generation = mark.generation
    return place
  }

  get head(): Buffer {
    return this.#head
  }

  moveTo(offset: number, skipping: boolean): void {
    this.offset = offset
    this.skipping = skipping
  }

  /** Takes note of the file's first bytes, at most HEAD_BYTES of them. False: they are not those of before, it is another content. */
  sees(head: Buffer): boolean {
    const common = Math.min(head.length, this.#head.length)
    if (head.compare(this.#head, 0, common, 0, common) !== 0) return false
    if (head.length > this.#head.length) {
      this.#head = Buffer.from(head)
      this.#digest = digest(this.#head)
    }
    return true
  }

  /** To be asked once the first line, or HEAD_BYTES, or all there will ever be, has been seen. */
  get generation(): string {
    if (this.#generation === '') this.#generation = generationOf(this, this.#head)
    return this.#generation
  }

  /** The mark for having delivered everything before `offset`. */
  mark(offset = this.offset, skipping = this.skipping): Mark {
    const { dev, ino, truncations } = this
    const head = { head: this.#digest, headBytes: this.#head.length }
    const times = { written: String(this.writtenNs), born: String(this.bornNs) }
    return { dev, ino, offset, skipping, ...head, truncations, generation: this.#generation, ...times }
  }
}
