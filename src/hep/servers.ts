import { Expiring } from './expiring.ts'

const DAY_MS = 864e5
const MOST = 1000
/** Endpoints of strangers may register at a carrier with a few addresses; a registrar answers more. */
const CLIENTS = 3

/**
 * Which addresses are servers of ours: this host's own, and those that answered REGISTERs of at least three different addresses. A
 * stranger cannot become one: what he sends goes to a server, never to three addresses that had asked him.
 */
export class Servers {
  readonly #isSelf: (ip: string) => boolean
  readonly #learned = new Expiring<true>({ most: MOST, forMs: DAY_MS })
  /** Whom each candidate has answered. */
  readonly #candidates = new Expiring<Set<string>>({ most: MOST, forMs: DAY_MS })

  constructor(isSelf: (ip: string) => boolean) {
    this.#isSelf = isSelf
  }

  get size(): number {
    return this.#learned.size + this.#candidates.size
  }

  has(ip: string): boolean {
    return this.#isSelf(ip) || this.#learned.get(ip) !== undefined
  }

  /** A REGISTER that was seen has got its final answer. */
  registrar(ip: string, client: string, nowMs: number): void {
    if (this.#isSelf(ip) || this.has(client)) return
    const clients = this.#candidates.get(ip) ?? new Set()
    clients.add(client)
    const isServer = clients.size >= CLIENTS || this.#learned.get(ip) !== undefined
    if (isServer) {
      this.#candidates.delete(ip)
      this.#learned.set(ip, true, nowMs)
    } else this.#candidates.set(ip, clients, nowMs)
  }

  expire(nowMs: number): void {
    this.#learned.expire(nowMs)
    this.#candidates.expire(nowMs)
  }
}
