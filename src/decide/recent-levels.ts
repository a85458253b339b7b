import { TRUST_LEVELS, type TrustLevel } from '../types.ts'

const PLACES = 2 ** 16
/** Spreads what differs in few bits (2^32 divided by the golden ratio). */
const SPREAD = 0x9e3779b1

/** What the lists say of IPv4 addresses asked for lately. Two of one place push each other out; nothing is allocated. */
export class RecentLevels {
  readonly #addresses = new Int32Array(PLACES)
  /** From 1; 0: the place is free. */
  readonly #levels = new Uint8Array(PLACES)

  /** @param address as 32 bits, signed */
  get(address: number): TrustLevel | undefined {
    const place = placeOf(address)
    return this.#addresses[place] === address ? TRUST_LEVELS[this.#levels[place]! - 1] : undefined
  }

  put(address: number, level: TrustLevel): void {
    const place = placeOf(address)
    this.#addresses[place] = address
    this.#levels[place] = TRUST_LEVELS.indexOf(level) + 1
  }

  clear(): void {
    this.#levels.fill(0)
  }
}

const placeOf = (address: number): number => Math.imul(address, SPREAD) >>> 16
