import { type Entry, isOver, placeOf, undoneBy } from './entry.ts'
import { isNewer } from './order.ts'

/** What one entry changed. */
export interface Applied {
  /** What others must hear, in order: the entry, and after an unban the newer bans that still stand there. Empty: it was no news. */
  readonly news: readonly Entry[]
  /** Targets that are forgotten because of it. */
  readonly gone: readonly string[]
}

const NOTHING: Applied = { news: [], gone: [] }

/**
 * The latest word on every target. Whatever the order in which entries come, and however often, what is left is the same: the newest of
 * each target, but for bans that are not newer than an unban of what they stand on. Pure.
 */
export class Ledger {
  readonly #most: number
  /** By place, then by target: an unban finds all that stands there. */
  readonly #places = new Map<string, Map<string, Entry>>()
  #size = 0

  /** @param most entries kept; see `expire` */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  get(target: string): Entry | undefined {
    return this.#places.get(placeOf(target))?.get(target)
  }

  /** Everything that is said of an address, prefix, CIDR or node. */
  at(place: string): Entry[] {
    return [...(this.#places.get(place)?.values() ?? [])]
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const entries of this.#places.values()) yield* entries.values()
  }

  apply(entry: Entry, nowMs: number): Applied {
    if (isOver(entry, nowMs)) return NOTHING
    for (const target of [entry.target, undoneBy(entry.target)]) {
      const known = this.get(target)
      if (known && !isNewer(entry.text, known.text)) return NOTHING
    }
    this.#set(entry)
    if (!entry.target.startsWith('unban ')) return { news: [entry], gone: [] }
    const place = placeOf(entry.target)
    const gone = this.#bansOn(place).filter(({ text }) => !isNewer(text, entry.text))
    for (const { target } of gone) this.#delete(target)
    return { news: [entry, ...this.#bansOn(place)], gone: gone.map(({ target }) => target) }
  }

  /**
   * Forgets what is over. Where more is left than may be kept, the bans that end first go too, and then the oldest unbans and disallows;
   * never an allow entry or peers. Their targets.
   */
  expire(nowMs: number): string[] {
    const gone = [...this].filter((entry) => isOver(entry, nowMs)).map(({ target }) => target)
    for (const target of gone) this.#delete(target)
    const tooMany = this.#size - this.#most
    if (tooMany <= 0) return gone
    const order = [...this]
      .map((entry) => ({ entry, rank: rankOf(entry) }))
      .filter(({ rank }) => rank < KEPT)
      .sort((a, b) => a.rank - b.rank || endOf(a.entry) - endOf(b.entry) || a.entry.atMs - b.entry.atMs)
    const dropped = order.slice(0, tooMany).map(({ entry }) => entry.target)
    for (const target of dropped) this.#delete(target)
    return [...gone, ...dropped]
  }

  #bansOn(place: string): Entry[] {
    return this.at(place).filter(({ target }) => target.startsWith('ban '))
  }

  #set(entry: Entry): void {
    const place = placeOf(entry.target)
    const entries = this.#places.get(place) ?? new Map<string, Entry>()
    if (!entries.has(entry.target)) this.#size++
    this.#places.set(place, entries.set(entry.target, entry))
  }

  #delete(target: string): void {
    const place = placeOf(target)
    const entries = this.#places.get(place)
    if (!entries?.delete(target)) return
    this.#size--
    if (entries.size === 0) this.#places.delete(place)
  }
}

const KEPT = 2

/** What goes first when there is too much. */
function rankOf({ target, endsMs, text }: Entry): number {
  if (target.startsWith('ban ')) return 0
  const isTombstone = endsMs !== null && (target.startsWith('unban ') || text.includes(' {"kind":"disallow"'))
  return isTombstone ? 1 : KEPT
}

const endOf = ({ endsMs }: Entry): number => endsMs ?? Number.POSITIVE_INFINITY
