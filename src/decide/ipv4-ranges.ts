/** Numbers of one network are packed into one, so that they sort as numbers: its first address, then how long its prefix is. */
const LENGTHS = 64

/** An IPv4 network: its first address, as a whole number, and the length of its prefix. */
export type IPv4Network = readonly [first: number, bits: number]

/**
 * Whether any of many IPv4 networks holds an address: their ranges in order, asked by halves. Most addresses are in no list, and then
 * nothing else need be asked; of a few networks the whole table is one cache line.
 */
export class IPv4Ranges {
  readonly #firsts: Uint32Array
  readonly #lasts: Uint32Array

  constructor(networks: Iterable<IPv4Network>) {
    const sorted = Float64Array.from([...networks].map(([first, bits]) => first * LENGTHS + bits)).sort()
    const firsts: number[] = []
    const lasts: number[] = []
    for (const network of sorted) {
      const first = Math.floor(network / LENGTHS)
      // Two networks are apart, or the one that came first holds the other.
      if (first <= (lasts.at(-1) ?? -1)) continue
      firsts.push(first)
      lasts.push(first + 2 ** (32 - (network % LENGTHS)) - 1)
    }
    this.#firsts = Uint32Array.from(firsts)
    this.#lasts = Uint32Array.from(lasts)
  }

  /** @param address as a whole number */
  holds(address: number): boolean {
    const firsts = this.#firsts
    let from = 0
    let to = firsts.length
    while (from < to) {
      const middle = (from + to) >> 1
      if (firsts[middle]! <= address) from = middle + 1
      else to = middle
    }
    return from > 0 && address <= this.#lasts[from - 1]!
  }
}
