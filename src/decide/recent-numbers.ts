const PLACES = 2 ** 16
/** Spreads what differs in few bits (2^32 divided by the golden ratio). */
const SPREAD = 0x9e3779b1

/** A number for each IPv4 address asked for lately. Two of one place push each other out; nothing is allocated. 0.0.0.0 has none. */
export class RecentNumbers {
  /** address, number; address, number; … An address of 0 is a free place. */
  #entries = new Float64Array(2 * PLACES)

  /** @param address as 32 bits, signed */
  get(address: number): number | undefined {
    const at = placeOf(address)
    return this.#entries[at] === address && address !== 0 ? this.#entries[at + 1] : undefined
  }

  put(address: number, number: number): void {
    const at = placeOf(address)
    this.#entries[at] = address
    this.#entries[at + 1] = number
  }

  drop(address: number): void {
    const at = placeOf(address)
    if (this.#entries[at] === address) this.#entries[at] = 0
  }

  /** Memory that is not written takes none. */
  clear(): void {
    this.#entries = new Float64Array(2 * PLACES)
  }
}

const placeOf = (address: number): number => (Math.imul(address, SPREAD) >>> 16) << 1
