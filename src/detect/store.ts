import { formatIPv4 } from '../ipv4.ts'
import { HIT_WORDS, Hits, MOST_WINDOWS } from './hits.ts'
import { Names } from './names.ts'
import { groupOf, IS_IPV4, kindOf, PAIR, Records } from './records.ts'
import { grown } from './words.ts'

/** Memory for so many records at first; it is only taken when it is written. */
const MOST_EXPECTED = 1_000_000

/** Records with their hits: bounded, and knowing which of them the journal has not seen. */
export class Store {
  readonly names: Names
  readonly hits: Hits
  readonly records: Records
  readonly #maxKeys: number
  evicted = 0
  /** Slots whose records changed, or were removed since. */
  #changed = new Int32Array(64)
  #changedCount = 0
  /** Keys that the journal holds and we do not. */
  readonly #gone = new Set<string>()
  /** By record and window (see armKey): until when its second stage may fire, epoch ms. */
  readonly #armed = new Map<number, number>()

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys
    const expected = Math.min(maxKeys, MOST_EXPECTED)
    this.names = new Names(expected)
    this.hits = new Hits(this.names, expected)
    this.records = new Records(expected, maxKeys)
  }

  /** The record of this key; 0: there is none. */
  find(tag: number, a: number, b: number): number {
    return this.records.find(tag, a, b)
  }

  /** The record of this key. A new one finds room first, so that it is not itself the least dangerous one; put a hit in and `touch` it. */
  open(tag: number, a: number, b: number): number {
    const present = this.find(tag, a, b)
    if (present !== 0) return present
    for (let least = this.records.least(); least !== 0 && this.records.size >= this.#maxKeys; least = this.records.least()) {
      this.remove(least)
      this.evicted++
    }
    const slot = this.records.add(tag, a, b)
    this.#hold(slot)
    if (this.#gone.size > 0 && this.#gone.delete(this.textOf(slot))) this.records.setJournalled(slot)
    return slot
  }

  /** After every change of a record. */
  touch(slot: number): void {
    this.records.place(slot)
    if (this.records.isChanged(slot)) return
    this.records.setChanged(slot, true)
    if (this.#changedCount === this.#changed.length) this.#changed = grown(this.#changed, this.#changedCount * 2)
    this.#changed[this.#changedCount++] = slot
  }

  remove(slot: number): void {
    if (this.records.isJournalled(slot)) this.#gone.add(this.textOf(slot))
    if (this.records.isArmed(slot)) this.disarm(slot, 0)
    const block = this.records.block(slot)
    for (let i = this.count(slot) - 1; i >= 0; i--) this.hits.release(block + i * HIT_WORDS)
    this.hits.giveBack(block, this.records.blockSize(slot))
    this.#letGo(slot)
    this.records.remove(slot)
  }

  count(slot: number): number {
    return this.records.live(slot) + this.records.spent(slot)
  }

  arm(slot: number, bit: number, untilMs: number): void {
    const key = armKey(slot, bit)
    this.#armed.set(key, Math.max(this.#armed.get(key) ?? untilMs, untilMs))
    this.records.setArmed(slot)
  }

  isArmed(slot: number, bit: number, atMs: number): boolean {
    return slot !== 0 && this.records.isArmed(slot) && atMs <= (this.armedUntil(slot, bit) ?? Number.NEGATIVE_INFINITY)
  }

  /** Until when a window may fire its second stage, epoch ms. */
  armedUntil(slot: number, bit: number): number | undefined {
    return this.#armed.get(armKey(slot, bit))
  }

  /** The windows of a record that are armed. */
  *armedOf(slot: number): Generator<readonly [bit: number, untilMs: number]> {
    if (!this.records.isArmed(slot)) return
    for (let bit = 0; bit < MOST_WINDOWS; bit++) {
      const untilMs = this.armedUntil(slot, bit)
      if (untilMs !== undefined) yield [bit, untilMs]
    }
  }

  /** Only those windows of a record stay armed whose bits are kept. */
  disarm(slot: number, kept: number): void {
    for (let bit = 0; bit < MOST_WINDOWS; bit++) if (!(kept & (1 << bit))) this.#armed.delete(armKey(slot, bit))
  }

  /** The text of what a hit has for a value; null where it has none. */
  valueOf(hit: number): string | null {
    const value = this.hits.value(hit)
    if (this.hits.valueIsIPv4(hit)) return formatIPv4(value)
    return value === 0 ? null : this.names.textOf(value)
  }

  /** The key of a record as text. */
  textOf(slot: number): string {
    return this.textOfKey(this.records.tag(slot), this.records.a(slot), this.records.b(slot))
  }

  /** Unambiguous whatever a user is called: no place holds a space. `0 192.0.2.1`, `2.1 192.0.2.1 bob` with the group after the kind. */
  textOfKey(tag: number, a: number, b: number): string {
    const [kind, group] = [kindOf(tag), groupOf(tag)]
    const text = `${group === 0 ? kind : `${kind}.${group}`} ${tag & IS_IPV4 ? formatIPv4(a) : this.names.textOf(a)}`
    return kind === PAIR ? `${text} ${this.names.textOf(b)}` : text
  }

  /** How many records `drain` will tell of, or more. */
  get changedCount(): number {
    return this.#changedCount
  }

  get isFull(): boolean {
    return this.records.size >= this.#maxKeys
  }

  /** What changed since the last call: keys that are gone which the journal holds, and records. */
  drain(): { readonly gone: readonly string[]; readonly changed: readonly number[] } {
    const gone = [...this.#gone]
    this.#gone.clear()
    const touched = this.#changed.subarray(0, this.#changedCount)
    for (const slot of touched) this.records.setChanged(slot, false)
    const changed = Array.from(touched).filter((slot) => this.records.isUsed(slot))
    this.#changedCount = 0
    return { gone, changed }
  }

  #hold(slot: number): void {
    const tag = this.records.tag(slot)
    if (!(tag & IS_IPV4)) this.names.holdAgain(this.records.a(slot))
    if (kindOf(tag) === PAIR) this.names.holdAgain(this.records.b(slot))
  }

  #letGo(slot: number): void {
    const tag = this.records.tag(slot)
    if (!(tag & IS_IPV4)) this.names.release(this.records.a(slot))
    if (kindOf(tag) === PAIR) this.names.release(this.records.b(slot))
  }
}

const armKey = (slot: number, bit: number): number => slot * MOST_WINDOWS + bit
