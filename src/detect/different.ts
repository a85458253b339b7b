const SMALLEST = 64

/** Counts different numbers: a hash table that is emptied by counting its rounds. */
export class Different {
  #values = new Float64Array(SMALLEST)
  #rounds = new Uint32Array(SMALLEST)
  #round = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Begins anew, for at most so many numbers. */
  begin(most: number): void {
    this.#count = 0
    if (2 * most > this.#values.length) {
      const length = 2 ** Math.ceil(Math.log2(2 * most))
      this.#values = new Float64Array(length)
      this.#rounds = new Uint32Array(length)
    }
    if (++this.#round < 2 ** 32) return
    this.#rounds.fill(0)
    this.#round = 1
  }

  add(value: number): void {
    const mask = this.#values.length - 1
    let place = Math.imul(2 * value, 0x9e3779b1) >>> 8
    for (place &= mask; this.#rounds[place] === this.#round; place = (place + 1) & mask) if (this.#values[place] === value) return
    this.#rounds[place] = this.#round
    this.#values[place] = value
    this.#count++
  }
}
