import type { Full } from '../../src/fleet/counts.ts'

type CountedHit = Full['hits'][number]

const FEWEST_SPENT = 16

/** The detect stage's window said plainly: a sorted list of hits, and the ids that have counted. */
export class PlainWindow {
  readonly #maxretry: number
  readonly #findtimeMs: number
  readonly #distinct: boolean
  readonly #capacity: number
  #hits: CountedHit[] = []
  #newestMs = Number.NEGATIVE_INFINITY
  #spent: CountedHit[] = []
  #armedUntilMs = Number.NEGATIVE_INFINITY

  constructor(rule: { maxretry: number; findtimeMs: number; distinct: boolean }) {
    this.#maxretry = rule.maxretry
    this.#findtimeMs = rule.findtimeMs
    this.#distinct = rule.distinct
    this.#capacity = rule.maxretry * (rule.distinct ? 4 : 2)
  }

  /** The hits of the latest full window that holds this one, which count no longer; null: it fills none, or is too late, or known. */
  enter(hit: CountedHit, mayFire: boolean, alone: boolean): CountedHit[] | null {
    if (hit.atMs < this.#newestMs - 2 * this.#findtimeMs) return null
    if ([...this.#hits, ...this.#spent].some(({ id }) => id === hit.id)) return null
    this.#newestMs = Math.max(this.#newestMs, hit.atMs)
    this.#hits = [...this.#hits, hit].sort((a, b) => a.atMs - b.atMs).filter(({ atMs }) => atMs >= this.#newestMs - 2 * this.#findtimeMs)
    const full = !mayFire ? null : alone ? [hit] : this.#full(hit)
    if (full) this.#spend(full)
    else this.#bound(hit)
    return full
  }

  /** Drops the hits that no longer count. */
  drop(isOver: (hit: CountedHit) => boolean): void {
    this.#hits = this.#hits.filter((hit) => !isOver(hit))
  }

  arm(untilMs: number): void {
    this.#armedUntilMs = Math.max(this.#armedUntilMs, untilMs)
  }

  isArmed(atMs: number): boolean {
    return atMs <= this.#armedUntilMs
  }

  #full(hit: CountedHit): CountedHit[] | null {
    const ends = this.#hits.map(({ atMs }) => atMs).filter((endMs) => endMs >= hit.atMs && endMs - hit.atMs <= this.#findtimeMs)
    for (const endMs of ends.sort((a, b) => b - a)) {
      const within = this.#hits.filter(({ atMs }) => atMs <= endMs && endMs - atMs <= this.#findtimeMs)
      const count = this.#distinct ? new Set(within.map(({ value }) => value)).size : within.length
      if (count >= this.#maxretry) return within
    }
    return null
  }

  #bound({ value }: CountedHit): void {
    if (this.#distinct) {
      const same = this.#hits.filter((hit) => hit.value === value)
      let before = same[0]!
      const needless = same.filter((hit, i) => {
        if (i === 0 || i === same.length - 1) return false
        if (same[i + 1]!.atMs - before.atMs <= this.#findtimeMs) return true
        before = hit
        return false
      })
      this.#spend(needless)
    }
    if (this.#hits.length > this.#capacity) this.#hits.shift()
  }

  #spend(hits: readonly CountedHit[]): void {
    this.#hits = this.#hits.filter((hit) => !hits.includes(hit))
    this.#spent = [...this.#spent, ...hits].slice(-Math.max(FEWEST_SPENT, this.#capacity))
  }
}
