import { wholeOf } from '../address.ts'
import { parseIPv4 } from '../ipv4.ts'
import type { Ban } from '../types.ts'
import { Deadlines } from './deadlines.ts'
import { RecentNumbers } from './recent-numbers.ts'

/**
 * The bans in force. Found by the address or /64 they stand on; ended in the order they are due (Deadlines), so that a tick in which
 * nothing ends costs nothing.
 */
export class Bans {
  /** By address (scopes address and endpoint) or by prefix. */
  readonly #standing = new Map<string, Ban[]>()
  readonly #due = new Deadlines<Ban>()
  readonly #changed = new Set<Ban>()
  readonly #lifted = new Set<string>()
  /** Until when IPv4 addresses asked for lately are kept out, epoch ms. */
  readonly #ends = new RecentNumbers()

  /** Takes the place of a ban of the same scope on the same address or prefix. */
  add(ban: Ban): void {
    for (const old of this.#standing.get(standsOn(ban)) ?? []) if (sameTarget(old, ban)) this.end(old)
    this.restore(ban)
    this.#changed.add(ban)
  }

  /** The ban of the same scope on the same address, prefix or endpoint. */
  same(ban: Ban): Ban | undefined {
    return this.#standing.get(standsOn(ban))?.find((other) => sameTarget(other, ban))
  }

  restore(ban: Ban): void {
    const on = standsOn(ban)
    this.#forgetEnd(on)
    this.#standing.set(on, [...(this.#standing.get(on) ?? []), ban])
    if (ban.untilMs !== null) this.#due.add(ban.untilMs, ban)
  }

  end(ban: Ban): void {
    const on = standsOn(ban)
    this.#forgetEnd(on)
    const others = (this.#standing.get(on) ?? []).filter((other) => other !== ban)
    if (others.length === 0) this.#standing.delete(on)
    else this.#standing.set(on, others)
    this.#changed.delete(ban)
    this.#lifted.add(ban.ip)
    // The journal lifts by address: what else that address decided is told again.
    for (const other of this.covering(ban.ip)) if (other.ip === ban.ip) this.#changed.add(other)
  }

  /** Every ban, of any scope, that stands on this very address or CIDR. */
  on(target: string): Ban[] {
    return [...(this.#standing.get(target) ?? [])]
  }

  /** The same, and of an address those that stand on its /64. */
  covering(target: string): Ban[] {
    const whole = wholeOf(target)
    return whole === target ? this.on(target) : [...this.on(target), ...this.on(whole)]
  }

  /** The ban that keeps all of this address out the longest. */
  find(ip: string, nowMs: number): Ban | null {
    const whole = wholeOf(ip)
    const longest = longestOf(this.#standing.get(ip), nowMs, null)
    return whole === ip ? longest : longestOf(this.#standing.get(whole), nowMs, longest)
  }

  /** Whether all of this address is kept out: the same as `find` says, and quickly told of an address asked for lately. */
  isKeptOut(ip: string, nowMs: number): boolean {
    const address = parseIPv4(ip)
    if (address === null) return this.find(ip, nowMs) !== null
    let endMs = this.#ends.get(address)
    if (endMs === undefined) {
      const longest = this.find(ip, Number.NEGATIVE_INFINITY)
      endMs = longest === null ? Number.NEGATIVE_INFINITY : endOf(longest)
      this.#ends.put(address, endMs)
    }
    return endMs > nowMs
  }

  /** The ban on the same endpoint; one of any transport covers each. */
  findEndpoint({ ip, port, transport }: Ban, nowMs: number): Ban | null {
    const covers = (ban: Ban) => ban.scope === 'endpoint' && ban.port === port && [null, transport].includes(ban.transport)
    return this.covering(ip).find((ban) => covers(ban) && isActive(ban, nowMs)) ?? null
  }

  /** Ends and returns what is over. */
  expire(nowMs: number): Ban[] {
    const over: Ban[] = []
    for (let ban = this.#due.take(nowMs); ban; ban = this.#due.take(nowMs)) {
      if (!this.#standing.get(standsOn(ban))?.includes(ban)) continue
      this.end(ban)
      over.push(ban)
    }
    return over
  }

  active(nowMs: number): Ban[] {
    return [...this.#standing.values()].flat().filter((ban) => isActive(ban, nowMs))
  }

  #forgetEnd(on: string): void {
    const address = parseIPv4(on)
    if (address !== null) this.#ends.drop(address)
  }

  drain(): { bans: Ban[]; lifted: string[] } {
    const changes = { bans: [...this.#changed], lifted: [...this.#lifted] }
    this.#changed.clear()
    this.#lifted.clear()
    return changes
  }
}

/** When a ban ends; Infinity: never. */
export function endOf(ban: Pick<Ban, 'untilMs'>): number {
  return ban.untilMs ?? Number.POSITIVE_INFINITY
}

function isActive(ban: Ban, nowMs: number): boolean {
  return endOf(ban) > nowMs
}

/** The longest of those that are active and keep out all that they stand on, and of one more. */
function longestOf(bans: readonly Ban[] | undefined, nowMs: number, than: Ban | null): Ban | null {
  let longest = than
  if (bans === undefined) return longest
  for (const ban of bans) {
    if (ban.scope !== 'endpoint' && isActive(ban, nowMs) && (longest === null || endOf(ban) > endOf(longest))) longest = ban
  }
  return longest
}

function standsOn(ban: Ban): string {
  return ban.prefix ?? ban.ip
}

function sameTarget(a: Ban, b: Ban): boolean {
  return a.scope === b.scope && a.port === b.port && a.transport === b.transport
}
