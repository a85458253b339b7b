/** 128 kB: more would not stay in the processor's cache. */
const PLACE_BITS = 13
/** Spreads what differs in few bits (2^32 divided by the golden ratio). */
const SPREAD = 0x9e3779b1

/** A number for each IPv4 address asked for lately. Two of one place push each other out; nothing is allocated. 0.0.0.0 has none. */
export class RecentNumbers {
  /** address, number; address, number; … An address of 0 is a free place. */
  readonly #entries = new Float64Array(2 << PLACE_BITS)

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
}

const placeOf = (address: number): number => (Math.imul(address, SPREAD) >>> (32 - PLACE_BITS)) << 1
