import { Expiring } from './expiring.ts'

const HOUR_MS = 36e5
const MOST = 50_000
const LONGEST = 256

/** Issued to more than one. */
const SHARED = ''

/**
 * To whom the server issued which nonce. Who answers with one that went to his address and port alone has received it there: the return
 * path is known (DESIGN: proof). One that also went to another proves nothing: Kamailio issues the same one to everybody who asks within
 * the same second, so that who forges an address can ask for it from his own. Known limit: a nonce that he gets where nobody listens,
 * from another server with the same secret, is not known to be his.
 */
export class Nonces {
  readonly #issued = new Expiring<string>({ most: MOST, forMs: HOUR_MS })

  get size(): number {
    return this.#issued.size
  }

  issue(nonce: string, ip: string, port: number, nowMs: number): void {
    if (nonce.length > LONGEST) return
    const endpoint = `${ip} ${port}`
    const before = this.#issued.get(nonce)
    // A copy: a part of the message would keep all of it in memory.
    const key = before === undefined ? Buffer.from(nonce).toString() : nonce
    this.#issued.set(key, before === undefined || before === endpoint ? endpoint : SHARED, nowMs)
  }

  isIssuedTo(nonce: string, ip: string, port: number): boolean {
    return this.#issued.get(nonce) === `${ip} ${port}`
  }

  expire(nowMs: number): void {
    this.#issued.expire(nowMs)
  }
}
