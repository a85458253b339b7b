import { Names } from '../detect/index.ts'

/** Addresses remembered; past it those go that were not seen for the longest. */
const MOST_ADDRESSES = 10_000

/** Ages of an address: it was seen lately, or before. */
const YOUNG = 1
const OLD = 2

/**
 * The addresses that were seen lately, each by a small number from 1, so that what is remembered of them can stand in arrays. Who is told
 * that one goes forgets what he has of it: its number becomes another's.
 */
export class RecentAddresses {
  /** Numbers are below it. */
  readonly end: number
  readonly #half: number
  readonly #names: Names
  /** By number; 0: nobody has it. */
  readonly #ages: Uint8Array
  readonly #onGone: ((address: number) => void)[] = []
  #youngCount = 0
  /** What was asked for last: of one event all ask the same. */
  #lastIp = ''
  #last = 0

  constructor(most = MOST_ADDRESSES) {
    this.#half = Math.max(1, Math.floor(most / 2))
    // One more while an address comes before others go.
    this.end = 2 * this.#half + 2
    this.#names = new Names(this.end)
    this.#ages = new Uint8Array(this.end)
  }

  /** The number of an address that is seen now. */
  open(ip: string): number {
    if (ip === this.#lastIp) return this.#last
    const address = this.#names.hold(ip)
    const age = this.#ages[address]
    if (age !== 0) this.#names.release(address) // it is held once
    if (age !== YOUNG) {
      if (this.#youngCount >= this.#half) this.#turn(address)
      this.#ages[address] = YOUNG
      this.#youngCount++
    }
    this.#lastIp = ip
    this.#last = address
    return address
  }

  /** The number of an address that was seen; 0: it was not, or too long ago. */
  find(ip: string): number {
    return this.#names.find(ip)
  }

  textOf(address: number): string {
    return this.#names.textOf(address)
  }

  /** Called while the address can still be asked for. */
  onGone(listener: (address: number) => void): void {
    this.#onGone.push(listener)
  }

  /** Who was seen lately becomes old, and who was old already goes, but for the one that has just come. */
  #turn(newest: number): void {
    this.#youngCount = 0
    for (let address = 1; address < this.end; address++) {
      const age = this.#ages[address]
      if (age === YOUNG) this.#ages[address] = OLD
      if (age !== OLD || address === newest) continue
      for (const listener of this.#onGone) listener(address)
      this.#ages[address] = 0
      this.#names.release(address)
    }
  }
}
