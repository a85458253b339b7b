import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../generator/random.ts'
import type { Fleet } from './fleet.ts'
import type { LabNode } from './node.ts'

const GUESSES = 10
const RETRY_MS = 50
const LONGEST_PAUSE_MS = 60
const LONGEST_HOURS = 12

/** What was decided. */
export interface Tally {
  guessed: number
  banned: number
  lifted: number
  /** Bans that were asked for where there already was one. */
  needless: number
  /** Commands without an answer, for their node was killed: whether they hold nobody knows. */
  unanswered: number
}

/** One of several who decide at the same time, each about addresses of its own and one after the other: so it is known what holds. */
export class Operator {
  readonly #fleet: Fleet
  readonly #random: Random
  readonly #tally: Tally
  readonly #addresses: string[] = []

  constructor(fleet: Fleet, random: Random, tally: Tally) {
    this.#fleet = fleet
    this.#random = random
    this.#tally = tally
  }

  /** So many decisions, on nodes that run. */
  async decide(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.#decision()
      await sleep(this.#random.below(LONGEST_PAUSE_MS))
    }
  }

  #decision(): Promise<void> | void {
    const known = this.#addresses.length === 0 ? null : this.#random.pick(this.#addresses)
    const what = this.#random.below(5)
    if (known === null || what === 0) return this.#attack()
    if (what <= 2) return this.#ban(this.#random.once(3) ? this.#newAddress() : known)
    return this.#unban(known)
  }

  #newAddress(): string {
    const ip = this.#random.once(4) ? this.#fleet.newAddress6() : this.#fleet.newAddress()
    this.#addresses.push(ip)
    return ip
  }

  /** Of somebody new; the node may be down, and reads it when it is back. */
  #attack(): void {
    const ip = this.#fleet.newAddress()
    this.#addresses.push(ip)
    this.#random.pick(this.#fleet.nodes).guess(ip, GUESSES)
    this.#fleet.expected.add(ip)
    this.#tally.guessed++
  }

  async #ban(ip: string): Promise<void> {
    try {
      const { type } = await this.#node().ban(ip, 1 + this.#random.below(LONGEST_HOURS))
      if (type === 'skip') {
        this.#tally.needless++
        return
      }
      this.#tally.banned++
      this.#fleet.expected.add(keyOf(ip))
    } catch {
      this.#tally.unanswered++
      await this.#unban(ip)
    }
  }

  /** Until a node has done it: a later word than any before. */
  async #unban(ip: string): Promise<void> {
    for (;;) {
      try {
        await this.#node().unban(ip)
        break
      } catch {
        this.#tally.unanswered++
        await sleep(RETRY_MS)
      }
    }
    this.#tally.lifted++
    this.#fleet.expected.delete(keyOf(ip))
  }

  #node(): LabNode {
    return this.#random.pick(this.#fleet.nodes.filter(({ isRunning }) => isRunning))
  }
}

/** As it is named in the kernel: an IPv6 address by its /64. */
function keyOf(ip: string): string {
  return ip.replace(/::7$/, '::')
}
