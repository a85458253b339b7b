interface Entry<V> {
  readonly key: string
  readonly value: V
  readonly fromMs: number
}

/** A map bounded in number and in time: what was written longest ago goes first. Times are receive times, which never go back. */
export class Expiring<V> {
  readonly #most: number
  readonly #forMs: number
  readonly #entries = new Map<string, Entry<V>>()
  /** Goes on where it stopped: one that began anew each time would walk over all that was deleted before. */
  #walk: Iterator<Entry<V>> = this.#entries.values()
  #front: Entry<V> | null = null

  constructor({ most, forMs }: { most: number; forMs: number }) {
    this.#most = most
    this.#forMs = forMs
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value
  }

  /** Writes an entry, from now on the newest. What had to go for it, because there are too many; else null. */
  set(key: string, value: V, nowMs: number): V | null {
    this.#entries.delete(key)
    this.#entries.set(key, { key, value, fromMs: nowMs })
    return this.#entries.size > this.#most ? this.#shift() : null
  }

  delete(key: string): boolean {
    return this.#entries.delete(key)
  }

  keys(): Iterable<string> {
    return this.#entries.keys()
  }

  /** Takes out what has been there for its time. */
  expire(nowMs: number): V[] {
    const gone: V[] = []
    for (let front = this.#oldest(); front && nowMs - front.fromMs >= this.#forMs; front = this.#oldest()) gone.push(this.#shift()!)
    return gone
  }

  #shift(): V | null {
    const front = this.#oldest()
    if (!front) return null
    this.#entries.delete(front.key)
    return front.value
  }

  #oldest(): Entry<V> | null {
    while (this.#entries.size > 0) {
      if (this.#front && this.#entries.get(this.#front.key) === this.#front) return this.#front
      const step = this.#walk.next()
      if (step.done) this.#walk = this.#entries.values()
      else this.#front = step.value
    }
    this.#front = null
    return null
  }
}
