import { hash } from 'node:crypto'
import type { Counting } from '../counting.ts'
import type { Hit } from '../types.ts'
import { markerOf, slotOf, windowsOf } from './counts-keys.ts'

/** A window that is full, and now empty. */
export interface Full<C extends Counting = Counting> {
  /** Of the event that filled it. */
  readonly counting: C
  readonly stage: 1 | 2
  /** In the order of their times. */
  readonly hits: readonly (Hit & { readonly proved: boolean })[]
}

/** A counting on its way, with what Redis asked back for. */
export interface Asked<C extends Counting> {
  readonly counting: C
  /** Until when networks are forgotten, epoch ms, of those that Redis asked for; 0: they are not. */
  readonly untilOf: ReadonlyMap<string, number> | null
  /** False: whatever its windows hold, this event fills none. */
  readonly mayFire: boolean
}

/** What Redis says of a call. */
export interface Answer<C extends Counting> {
  /** Each with the place of its counting. */
  readonly fulls: readonly (readonly [number, Full<C>])[]
  /** Countings that are not done, by their place: until when are these networks forgotten? */
  readonly asks: ReadonlyMap<number, readonly string[]>
}

/** Whose word it is that a window's hits no longer count: nobody's, that of the counting's network, or that of each hit's value. */
const NOBODY = 0
const OWN = 1
const VALUES = 2

/** COUNTING of counts.lua.ts without its texts, in bytes. */
const FIXED = 55
/** Of a network until when it is forgotten, without its text. */
const KNOWN_FIXED = 8
const NOTHING: ReadonlyMap<string, number> = new Map()

/** The keys that a counting touches, as the script expects them. */
export function keysOf(prefix: string, counting: Counting): string[] {
  const { first, second } = windowsOf(prefix, counting)
  const keys = second === null ? [first] : [first, second]
  if (slotOf(counting.jail) === 'network') keys.unshift(markerOf(prefix, counting.network))
  return keys
}

export function packCountings(asked: readonly Asked<Counting>[]): Buffer {
  const packed = Buffer.allocUnsafe(asked.reduce((sum, one) => sum + longestOf(one), 0))
  let at = 0
  for (const one of asked) at = packCounting(packed, at, one)
  return packed.subarray(0, at)
}

/** A letter of JavaScript is at most three bytes of UTF-8. */
function longestOf({ counting, untilOf }: Asked<Counting>): number {
  let size = FIXED + 3 * (counting.id.length + (counting.value?.length ?? 0))
  if (untilOf) for (const network of untilOf.keys()) size += KNOWN_FIXED + network.length
  return size
}

function packCounting(packed: Buffer, from: number, { counting, untilOf, mayFire }: Asked<Counting>): number {
  const { jail, network, value, second, atMs, id, proved } = counting
  const { distinct, then } = jail
  const known = distinct === 'ip' && untilOf ? untilOf : NOTHING
  const own = untilOf?.get(network)
  let at = from + FIXED
  const idSize = packed.write(id, at)
  at += idSize
  const valueSize = distinct === null || value === null ? 0 : packed.write(value, at)
  at += valueSize
  for (const [network, untilMs] of known) {
    packed.writeUIntBE(untilMs, at + 2, 6)
    packed.writeUInt16BE(packed.write(network, at + KNOWN_FIXED), at)
    at += KNOWN_FIXED + network.length
  }
  packed[from] = distinct === null || value !== null ? 1 : 0
  packed[from + 1] = mayFire && counting.mayFire ? 1 : 0
  packed[from + 2] = second === null ? 0 : 1
  packed[from + 3] = mayFire && second?.mayFire ? 1 : 0
  packed[from + 4] = second?.alone ? 1 : 0
  packed[from + 5] = proved ? 1 : 0
  packed[from + 6] = distinct === null ? 0 : 1
  packed[from + 7] = slotOf(jail) === 'network' ? 1 : 0
  packed[from + 8] = jail.by.includes('ip') ? OWN : distinct === 'ip' ? VALUES : NOBODY
  packed[from + 9] = then?.by.includes('ip') ? OWN : NOBODY
  packed[from + 10] = own === undefined ? 0 : 1
  packed.writeUIntBE(Math.max(0, Math.floor(atMs)), from + 11, 6)
  packed.writeUIntBE(own ?? 0, from + 17, 6)
  packed.write(hash('sha1', id, 'binary'), from + 23, 8, 'latin1')
  packed.writeUIntBE(jail.maxretry, from + 31, 3)
  packed.writeUIntBE(jail.findtimeMs, from + 34, 6)
  packed.writeUIntBE(then?.maxretry ?? 0, from + 40, 3)
  packed.writeUIntBE(then?.findtimeMs ?? 0, from + 43, 6)
  packed.writeUInt16BE(idSize, from + 49)
  packed.writeUInt16BE(valueSize, from + 51)
  packed.writeUInt16BE(known.size, from + 53)
  return at
}

export function readAnswer<C extends Counting>(countings: readonly C[], reply: readonly (readonly (number | string)[])[]): Answer<C> {
  const fulls: [number, Full<C>][] = []
  const asks = new Map<number, string[]>()
  for (const [index, stage, ...rest] of reply) {
    const counting = countings[index as number]!
    if (stage === 0) {
      asks.set(index as number, rest.length === 0 ? [counting.network] : (rest as string[]))
      continue
    }
    const isDistinct = stage === 1 && counting.jail.distinct !== null
    const hits: Full['hits'][number][] = []
    for (let i = 0; i < rest.length; i += 4) {
      const [atMs, id, value, proved] = rest.slice(i, i + 4) as [number, string, string, number]
      hits.push({ atMs, id, value: isDistinct ? value : null, proved: proved === 1 })
    }
    fulls.push([index as number, { counting, stage: stage as 1 | 2, hits }])
  }
  return { fulls, asks }
}
