const MORE = 128
/** Numbers below it are told by 32-bit operations. */
const SMALL = 2 ** 31

/** Whole numbers in as few bytes as they need, seven bits a byte, the lowest first (LEB128). */
export class VarintWriter {
  #bytes = new Uint8Array(4096)
  #length = 0

  /** @param number from 0 to 2 ** 53 - 1 */
  put(number: number): void {
    if (this.#bytes.length < this.#length + 8) this.#grow()
    const bytes = this.#bytes
    let rest = number
    for (; rest >= SMALL; rest = Math.floor(rest / MORE)) bytes[this.#length++] = (rest % MORE) | MORE
    for (; rest >= MORE; rest >>>= 7) bytes[this.#length++] = (rest & 127) | MORE
    bytes[this.#length++] = rest
  }

  /** @param number from -(2 ** 52) to 2 ** 52 - 1; small ones of either sign take few bytes */
  putSigned(number: number): void {
    this.put(number < 0 ? -2 * number - 1 : 2 * number)
  }

  get text(): string {
    return Buffer.from(this.#bytes.buffer, 0, this.#length).toString('base64')
  }

  #grow(): void {
    const longer = new Uint8Array(2 * this.#bytes.length)
    longer.set(this.#bytes)
    this.#bytes = longer
  }
}

export class VarintReader {
  readonly #bytes: Uint8Array
  #at = 0

  /** @param text what a writer gave */
  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'base64')
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  take(): number {
    let number = 0
    for (let factor = 1; ; factor *= MORE) {
      const byte = this.#bytes[this.#at++]!
      if (byte < MORE) return number + byte * factor
      number += (byte - MORE) * factor
    }
  }

  takeSigned(): number {
    const number = this.take()
    return number % 2 === 0 ? number / 2 : -(number + 1) / 2
  }
}
