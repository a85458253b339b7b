import { canonicalAddress } from '../address.ts'
import { fieldText, PLACE_NAMES, type ReadFields } from './event.ts'
import type { Match } from './verdict.ts'

/** What a regular expression's match says. */
export class GroupFields implements ReadFields {
  readonly #match: Match

  constructor(match: Match) {
    this.#match = match
  }

  address(): string | null {
    const { addr } = this.#match
    return addr === undefined ? null : canonicalAddress(addr)
  }

  text(place: number): string | null {
    return fieldText(this.#group(place) ?? '')
  }

  number(place: number): number | null {
    const digits = this.#group(place)
    return digits !== undefined && /^\d{1,10}$/.test(digits) ? Number(digits) : null
  }

  #group(place: number): string | undefined {
    const { compiled, groups } = this.#match
    const group = compiled.groups[PLACE_NAMES[place]!]
    return group === 0 || groups === null ? undefined : groups[group]
  }
}
