import type { Hit } from '../types.ts'
import { packIds, unpackIds } from './ids.ts'
import { TOP_RANK } from './ranks.ts'
import { Entry } from './table.ts'

/** When a window is full. */
export interface WindowRule {
  readonly maxretry: number
  readonly findtimeMs: number
  /** Count different values instead of hits. */
  readonly distinct: boolean
}

interface CountedHit extends Hit {
  readonly proved: boolean
}

/** Ids remembered of hits that were counted and cleared: at least this many, and never fewer than one window holds. */
const SPENT_IDS = 16

/** Shared by the windows that have not fired, which are nearly all. */
const NOTHING_SPENT: string[] = []

/**
 * What counts under one key: the hits of the last 2 × findtime before the newest, sorted by time, so that a line that comes up to one
 * findtime late finds all it could have made a window with. It is full when `maxretry` hits (or different values) lie within findtime.
 *
 * Its size is bounded whatever comes. Before it fires, no stretch of one findtime holds maxretry hits, so there are fewer than
 * 2 × maxretry. Of a `distinct` window's equal values only those are kept that can matter (see #thin): at most two per findtime. A window
 * that may not fire (not armed, or the address had a success) loses its oldest hits beyond that.
 */
export class Window extends Entry {
  readonly #rule: WindowRule
  /** Most hits kept. */
  readonly #capacity: number
  #hits: CountedHit[] = []
  #newestMs = Number.NEGATIVE_INFINITY
  /** Ids that were counted and must not count again, oldest first. */
  #spent: string[] = NOTHING_SPENT
  /** The newest time of a spent hit. The same line has the same time, so none of another time needs to be looked at. */
  #spentUntilMs = Number.NEGATIVE_INFINITY
  /** The jail's second stage may fire for this key until then; null: it may not. */
  #armedUntilMs: number | null = null

  constructor(rule: WindowRule) {
    super()
    this.#rule = rule
    this.#capacity = rule.maxretry * (rule.distinct ? 4 : 2)
  }

  /** Where the hit now stands; -1 when it is too late or known, and nothing has changed. */
  insert(hit: CountedHit): number {
    const horizonMs = 2 * this.#rule.findtimeMs
    if (hit.atMs < this.#newestMs - horizonMs || this.#knows(hit)) return -1
    if (hit.atMs > this.#newestMs) {
      this.#newestMs = hit.atMs
      let old = 0
      while (old < this.#hits.length && this.#hits[old]!.atMs < hit.atMs - horizonMs) old++
      if (old > 0) this.#hits.splice(0, old)
    }
    let at = this.#hits.length
    while (at > 0 && this.#hits[at - 1]!.atMs > hit.atMs) at--
    if (at === this.#hits.length) this.#hits.push(hit)
    else this.#hits.splice(at, 0, hit)
    return at
  }

  /** Clears and returns the latest full window that holds the hit at this place, null when there is none. */
  fire(place: number): CountedHit[] | null {
    const hits = this.#hits
    const { findtimeMs, maxretry } = this.#rule
    const atMs = hits[place]!.atMs
    let first = place
    for (let last = hits.length - 1; last >= place; last--) {
      const fromMs = hits[last]!.atMs - findtimeMs
      if (fromMs > atMs) continue
      while (first > 0 && hits[first - 1]!.atMs >= fromMs) first--
      if (last - first + 1 < maxretry) continue
      if (this.#rule.distinct && differentValues(hits.slice(first, last + 1)) < maxretry) continue
      const full = hits.splice(first, last - first + 1)
      for (const hit of full) this.#spend(hit)
      return full
    }
    return null
  }

  /** Keeps the size bounded, after an `insert` that did not fire. */
  settle(place: number): void {
    if (this.#rule.distinct) this.#thin(this.#hits[place]!.value)
    if (this.#hits.length > this.#capacity) this.#hits.shift()
  }

  /** Drops the hits that no longer count. */
  drop(isOver: (hit: CountedHit) => boolean): void {
    if (this.#hits.some(isOver)) this.#hits = this.#hits.filter((hit) => !isOver(hit))
  }

  arm(untilMs: number): void {
    this.#armedUntilMs = Math.max(this.#armedUntilMs ?? untilMs, untilMs)
  }

  isArmed(atMs: number): boolean {
    return this.#armedUntilMs !== null && atMs <= this.#armedUntilMs
  }

  danger(): number {
    return this.#armedUntilMs !== null ? TOP_RANK : Math.min(this.#hits.length, TOP_RANK - 1)
  }

  passed(nowMs: number): boolean {
    return this.#newestMs + 2 * this.#rule.findtimeMs < nowMs
  }

  get newestMs(): number {
    return this.#newestMs
  }

  encode(): string {
    const hits = this.#hits
    return JSON.stringify({
      newest: this.#newestMs,
      armed: this.#armedUntilMs,
      ages: hits.map((hit) => this.#newestMs - hit.atMs),
      ids: packIds(hits.map((hit) => hit.id)),
      proved: hits.map((hit) => (hit.proved ? 1 : 0)).join(''),
      values: this.#rule.distinct ? hits.map((hit) => hit.value) : [],
      spent: packIds(this.#spent),
      spentUntil: this.#spent.length > 0 ? this.#spentUntilMs : null,
    })
  }

  static decode(rule: WindowRule, data: string): Window {
    const window = new Window(rule)
    const { newest, armed, ages, ids, proved, values, spent, spentUntil } = JSON.parse(data) as Packed
    window.#newestMs = newest
    window.#armedUntilMs = armed
    window.#hits = unpackIds(ids).map((id, i) => ({ atMs: newest - ages[i]!, id, proved: proved[i] === '1', value: values[i] ?? null }))
    if (spent.length > 0) window.#spent = unpackIds(spent)
    window.#spentUntilMs = spentUntil ?? Number.NEGATIVE_INFINITY
    return window
  }

  #knows({ id, atMs }: CountedHit): boolean {
    if (atMs <= this.#spentUntilMs && this.#spent.includes(id)) return true
    for (let i = this.#hits.length - 1; i >= 0 && this.#hits[i]!.atMs >= atMs; i--) if (this.#hits[i]!.id === id) return true
    return false
  }

  #spend({ id, atMs }: CountedHit): void {
    if (this.#spent === NOTHING_SPENT) this.#spent = []
    this.#spent.push(id)
    this.#spentUntilMs = Math.max(this.#spentUntilMs, atMs)
    if (this.#spent.length > Math.max(SPENT_IDS, this.#capacity)) this.#spent.shift()
  }

  /**
   * Of three hits of one value within findtime the middle one is not needed: every stretch of one findtime that holds it holds one
   * of its neighbours. So an attacker who repeats one user a thousand times fills no memory and pushes nothing out.
   */
  #thin(value: string | null): void {
    const same = this.#hits.filter((hit) => hit.value === value)
    const needless = new Set<CountedHit>()
    let before = same[0]
    for (let i = 1; i < same.length - 1; i++) {
      if (same[i + 1]!.atMs - before!.atMs <= this.#rule.findtimeMs) needless.add(same[i]!)
      else before = same[i]
    }
    if (needless.size === 0) return
    this.#hits = this.#hits.filter((hit) => !needless.has(hit))
    for (const hit of needless) this.#spend(hit)
  }
}

interface Packed {
  newest: number
  armed: number | null
  ages: number[]
  ids: string[]
  /** A digit a hit. */
  proved: string
  /** Empty where nothing is distinct. */
  values: (string | null)[]
  spent: string[]
  spentUntil: number | null
}

export function differentValues(hits: readonly Hit[]): number {
  return new Set(hits.map((hit) => hit.value)).size
}
