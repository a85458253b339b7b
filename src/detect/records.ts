import { keyedHash } from './keyed-hash.ts'
import { grown, SlotIndex, type Words } from './words.ts'

/** What a record is of. A place is an address, a /64 or an endpoint. */
export const PLACE = 0
export const USER = 1
/** A user at a place. */
export const PAIR = 2
/** The users, and the endpoints, that failed at a phone's address. */
export const SWEPT_USERS = 3
export const SWEPT_PORTS = 4
export const KINDS = 5
export type KeyKind = typeof PLACE | typeof USER | typeof PAIR | typeof SWEPT_USERS | typeof SWEPT_PORTS

const A = 0
/** The user of a pair; of a place, a filter of the users whose first hit is kept there (Pairs). */
const B = 1
/** The tag: kind (3 bits), whether `a` is an IPv4 address, the group (8 bits); then the rank, the size of the block and flags. */
const META = 2
const BLOCK = 3
const LIVE = 4
const SPENT = 5
const OLDER = 6
const YOUNGER = 7
const STRIDE = 8

/** In a tag: `a` is an IPv4 address. */
export const IS_IPV4 = 8
const TAG_MASK = 0xfff
const KIND_MASK = 7
const GROUP_SHIFT = 4
const RANK_SHIFT = 12
const SIZE_SHIFT = 20
const CHANGED = 1 << 16
const JOURNALLED = 1 << 17
const ARMED = 1 << 18
const USED = 1 << 19

/** Records of the highest rank are the last to go. */
export const TOP_RANK = 15

/**
 * All records, 32 bytes each and about ten for finding it: how many hits it has where, and its place among the least dangerous: one
 * linked list a rank. Every operation takes constant time, so that a flood of new keys costs no more than a flood of known ones.
 */
export class Records {
  size = 0
  #words: Words
  #end = 1
  #free: number[] = []
  /** By kind: a flood of pairs must not scatter the few users and places that every event asks for. */
  readonly #indexes: readonly SlotIndex[]
  /** By kind: the record last found; 0: there is none with the key last looked for. Jails ask for the same one after the other. */
  readonly #found = new Int32Array(KINDS)
  /** By kind: the key last looked for, and its hash. What is not found is mostly added next. */
  readonly #sought = Array.from({ length: KINDS }, () => new Int32Array([-1, 0, 0]))
  readonly #hashes = new Int32Array(KINDS)
  readonly #first = new Int32Array(TOP_RANK + 1)
  readonly #last = new Int32Array(TOP_RANK + 1)

  constructor(expected: number, maxKeys: number) {
    this.#indexes = Array.from({ length: KINDS }, () => new SlotIndex(maxKeys))
    this.#words = new Int32Array((expected + 1) * STRIDE)
  }

  /** After the last slot. */
  get end(): number {
    return this.#end
  }

  /** The record of this key; 0: there is none. */
  find(tag: number, a: number, b: number): number {
    const kind = kindOf(tag)
    const last = this.#found[kind]!
    if (last === 0 ? this.#isSought(tag, a, b) : this.#is(last, tag, a, b)) return last
    const found = this.#search(tag, a, b)
    this.#found[kind] = found
    return found
  }

  #search(tag: number, a: number, b: number): number {
    const hash = this.#hashOf(tag, a, b)
    const index = this.#indexes[kindOf(tag)]!
    for (let place = index.first(hash); place >= 0; place = index.next(place, hash)) {
      const slot = index.slotAt(place)
      if (this.#is(slot, tag, a, b)) return slot
    }
    return 0
  }

  #is(slot: number, tag: number, a: number, b: number): boolean {
    const at = slot * STRIDE
    const words = this.#words
    if (words[at + A] !== a || (words[at + META]! & (TAG_MASK | USED)) !== (tag | USED)) return false
    return words[at + B] === b || kindOf(tag) === PLACE
  }

  /** A new record without hits, which has no rank yet. */
  add(tag: number, a: number, b: number): number {
    const slot = this.#free.pop() ?? this.#end++
    if (this.#words.length < (slot + 1) * STRIDE) this.#words = grown(this.#words, this.#words.length * 2)
    const at = slot * STRIDE
    const changed = this.#words[at + META]! & CHANGED
    this.#words.fill(0, at, at + STRIDE)
    this.#words[at + A] = a
    this.#words[at + B] = b
    this.#words[at + META] = tag | USED | changed
    this.#indexes[kindOf(tag)]!.add(this.#hashOf(tag, a, b), slot)
    this.#found[kindOf(tag)] = slot
    this.size++
    return slot
  }

  remove(slot: number): void {
    const at = slot * STRIDE
    this.#unlink(slot)
    this.#indexes[kindOf(this.tag(slot))]!.remove(this.#hashOf(this.tag(slot), this.a(slot), this.b(slot)), slot)
    this.#words[at + META]! &= CHANGED
    this.#free.push(slot)
    this.size--
  }

  /** An IPv4 address, where the tag says so, or the name of a place or user. */
  a(slot: number): number {
    return this.#words[slot * STRIDE + A]!
  }

  /** The name of a pair's user; 0 for other records. */
  b(slot: number): number {
    return kindOf(this.tag(slot)) === PLACE ? 0 : this.#words[slot * STRIDE + B]!
  }

  /** Of a place: 32 bits, among them those of all users whose first hit is kept there. */
  filter(slot: number): number {
    return this.#words[slot * STRIDE + B]!
  }

  setFilter(slot: number, bits: number): void {
    this.#words[slot * STRIDE + B] = bits
  }

  /** See tagOf. */
  tag(slot: number): number {
    return this.#words[slot * STRIDE + META]! & TAG_MASK
  }

  block(slot: number): number {
    return this.#words[slot * STRIDE + BLOCK]!
  }

  blockSize(slot: number): number {
    return this.#words[slot * STRIDE + META]! >>> SIZE_SHIFT
  }

  setBlock(slot: number, block: number, size: number): void {
    const at = slot * STRIDE
    this.#words[at + BLOCK] = block
    this.#words[at + META] = (this.#words[at + META]! & ((1 << SIZE_SHIFT) - 1)) | (size << SIZE_SHIFT)
  }

  /** Hits that count in some window; they stand behind the spent ones. */
  live(slot: number): number {
    return this.#words[slot * STRIDE + LIVE]!
  }

  /** Hits that no longer count anywhere. */
  spent(slot: number): number {
    return this.#words[slot * STRIDE + SPENT]!
  }

  setCounts(slot: number, live: number, spent: number): void {
    this.#words[slot * STRIDE + LIVE] = live
    this.#words[slot * STRIDE + SPENT] = spent
  }

  isUsed(slot: number): boolean {
    return this.#has(slot, USED)
  }

  /** Stays as it is when the record is removed and its slot is taken by another. */
  isChanged(slot: number): boolean {
    return this.#has(slot, CHANGED)
  }

  setChanged(slot: number, on: boolean): void {
    this.#set(slot, CHANGED, on)
  }

  isJournalled(slot: number): boolean {
    return this.#has(slot, JOURNALLED)
  }

  setJournalled(slot: number): void {
    this.#set(slot, JOURNALLED, true)
  }

  isArmed(slot: number): boolean {
    return this.#has(slot, ARMED)
  }

  setArmed(slot: number): void {
    this.#set(slot, ARMED, true)
  }

  /** Puts a record at the young end of its rank. */
  place(slot: number): void {
    const at = slot * STRIDE
    const rank = this.isArmed(slot) ? TOP_RANK : Math.min(this.live(slot), TOP_RANK - 1)
    if (this.#last[rank] === slot) return
    this.#unlink(slot)
    const last = this.#last[rank]!
    this.#words[at + META] = (this.#words[at + META]! & ~(TOP_RANK << RANK_SHIFT)) | (rank << RANK_SHIFT)
    this.#words[at + OLDER] = last
    this.#words[at + YOUNGER] = 0
    if (last !== 0) this.#words[last * STRIDE + YOUNGER] = slot
    else this.#first[rank] = slot
    this.#last[rank] = slot
  }

  /** The oldest record of the lowest rank, or 0. */
  least(): number {
    for (const first of this.#first) if (first !== 0) return first
    return 0
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let slot = 1; slot < this.#end; slot++) if (this.isUsed(slot)) yield slot
  }

  #isSought(tag: number, a: number, b: number): boolean {
    const sought = this.#sought[kindOf(tag)]!
    return sought[0] === tag && sought[1] === a && sought[2] === b
  }

  #hashOf(tag: number, a: number, b: number): number {
    const kind = kindOf(tag)
    if (this.#isSought(tag, a, b)) return this.#hashes[kind]!
    const sought = this.#sought[kind]!
    sought[0] = tag
    sought[1] = a
    sought[2] = b
    const hash = keyedHash(sought, 3, 0)
    this.#hashes[kind] = hash
    return hash
  }

  #has(slot: number, flag: number): boolean {
    return (this.#words[slot * STRIDE + META]! & flag) !== 0
  }

  #set(slot: number, flag: number, on: boolean): void {
    const at = slot * STRIDE + META
    this.#words[at] = on ? this.#words[at]! | flag : this.#words[at]! & ~flag
  }

  #unlink(slot: number): void {
    const at = slot * STRIDE
    const rank = (this.#words[at + META]! >> RANK_SHIFT) & TOP_RANK
    const older = this.#words[at + OLDER]!
    const younger = this.#words[at + YOUNGER]!
    if (older !== 0) this.#words[older * STRIDE + YOUNGER] = younger
    else if (this.#first[rank] === slot) this.#first[rank] = younger
    if (younger !== 0) this.#words[younger * STRIDE + OLDER] = older
    else if (this.#last[rank] === slot) this.#last[rank] = older
    this.#words[at + OLDER] = this.#words[at + YOUNGER] = 0
  }
}

/** A record's key is a tag and two numbers. Windows beyond the sixteen that a hit can be in are of another group. Add IS_IPV4 for one. */
export const tagOf = (kind: KeyKind, group: number): number => kind | (group << GROUP_SHIFT)
export const kindOf = (tag: number): KeyKind => (tag & KIND_MASK) as KeyKind
export const groupOf = (tag: number): number => tag >> GROUP_SHIFT
