import { idOf, Names } from '../detect/index.ts'

/** Of each reason, so many of the newest lines are remembered. */
export const NEWEST = 3

/** Where one line stands, as an event says it. */
export interface SeenLine {
  readonly id: string
  readonly atMs: number
}

/** Lines of one address that came to the same. */
export interface SeenLines {
  readonly count: number
  /** The newest ones, the oldest first. */
  readonly newest: readonly SeenLine[]
  /** The latest time that any of all of them says, epoch ms. */
  readonly newestMs: number
}

/** Numbers of a row: the next one of its address (0: there is none), its reason … and the newest lines, round and round. */
const NEXT = 0
const WHY = 1
const COUNT = 2
const NEWEST_MS = 3
const LINES = 4
/** Numbers of a line; the id is the stem (by name) and the offset (-1: none). */
const STEM = 0
const OFFSET = 1
const AT = 2
const LINE = 3
const ROW = LINES + NEWEST * LINE

const ROWS_AT_FIRST = 64

/** What lines came to, a row for each address (a small number, from 1) and reason: numbers in one array, so that nothing is allocated for a line. */
export class SeenRows {
  /** The first row of each address; 0: there is none. */
  readonly #first: Int32Array
  #numbers = new Float64Array(ROWS_AT_FIRST * ROW)
  #used = 1
  /** The first row that is free again; others follow as `NEXT`. */
  #free = 0
  readonly #reasons: string[] = []
  readonly #stems = new Names(ROWS_AT_FIRST)
  /** The newest one: lines of one batch share it. It is held for itself. */
  #lastStem = ''
  #lastName = this.#stems.hold('')

  /** @param end addresses are below it */
  constructor(end: number) {
    this.#first = new Int32Array(end)
  }

  /** A line of this address, which counted or did not for this reason. */
  note(address: number, why: string, stem: string, offset: number, atMs: number): void {
    const row = ROW * this.#rowOf(address, why)
    const numbers = this.#numbers
    const line = row + LINES + LINE * (numbers[row + COUNT]!++ % NEWEST)
    const name = this.#nameOf(stem)
    const before = numbers[line + STEM]!
    if (before !== name) {
      if (before !== 0) this.#stems.release(before)
      this.#stems.holdAgain(name)
      numbers[line + STEM] = name
    }
    numbers[line + OFFSET] = offset
    numbers[line + AT] = atMs
    if (atMs > numbers[row + NEWEST_MS]!) numbers[row + NEWEST_MS] = atMs
  }

  /** By reason, in the order in which they first came. */
  of(address: number): Map<string, SeenLines> {
    const found = new Map<string, SeenLines>()
    for (let row = this.#first[address]!; row !== 0; row = this.#numbers[ROW * row + NEXT]!) {
      found.set(this.#reasons[this.#numbers[ROW * row + WHY]!]!, this.#read(ROW * row))
    }
    return found
  }

  drop(address: number): void {
    const numbers = this.#numbers
    for (let row = this.#first[address]!; row !== 0; ) {
      const next = numbers[ROW * row + NEXT]!
      for (let i = 0; i < NEWEST; i++) {
        const name = numbers[ROW * row + LINES + LINE * i + STEM]!
        if (name !== 0) this.#stems.release(name)
      }
      numbers[ROW * row + NEXT] = this.#free
      this.#free = row
      row = next
    }
    this.#first[address] = 0
  }

  #read(row: number): SeenLines {
    const numbers = this.#numbers
    const count = numbers[row + COUNT]!
    const from = Math.max(0, count - NEWEST)
    const newest = Array.from({ length: count - from }, (_, i): SeenLine => {
      const line = row + LINES + LINE * ((from + i) % NEWEST)
      const stem = this.#stems.textOf(numbers[line + STEM]!)
      return { id: idOf(stem, numbers[line + OFFSET]!), atMs: numbers[line + AT]! }
    })
    return { count, newest, newestMs: numbers[row + NEWEST_MS]! }
  }

  #nameOf(stem: string): number {
    if (stem !== this.#lastStem) {
      const name = this.#stems.hold(stem)
      this.#stems.release(this.#lastName)
      this.#lastStem = stem
      this.#lastName = name
    }
    return this.#lastName
  }

  /** An address has few of them. */
  #rowOf(address: number, why: string): number {
    let last = 0
    for (let row = this.#first[address]!; row !== 0; row = this.#numbers[ROW * row + NEXT]!) {
      if (this.#reasons[this.#numbers[ROW * row + WHY]!] === why) return row
      last = row
    }
    const row = this.#newRow(why)
    if (last === 0) this.#first[address] = row
    else this.#numbers[ROW * last + NEXT] = row
    return row
  }

  #newRow(why: string): number {
    const row = this.#free === 0 ? this.#used++ : this.#free
    if (ROW * (row + 1) > this.#numbers.length) {
      const longer = new Float64Array(2 * this.#numbers.length)
      longer.set(this.#numbers)
      this.#numbers = longer
    }
    if (row === this.#free) this.#free = this.#numbers[ROW * row + NEXT]!
    this.#numbers.fill(0, ROW * row, ROW * (row + 1))
    const known = this.#reasons.indexOf(why)
    this.#numbers[ROW * row + WHY] = known >= 0 ? known : this.#reasons.push(why) - 1
    this.#numbers[ROW * row + NEWEST_MS] = Number.NEGATIVE_INFINITY
    return row
  }
}
