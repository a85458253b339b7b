import { newestLines, placeOf } from '../detect/index.ts'
import type { LinePlace, SipEvent, SkipDecision, SkipReason } from '../types.ts'
import type { RecentAddresses } from './recent-addresses.ts'
import { NEWEST, type SeenLines, SeenRows } from './seen-rows.ts'

/** Full windows that led to no ban, for the same reason. */
export interface SeenSkips extends Pick<SeenLines, 'count' | 'newest'> {
  /** Of the newest window. */
  readonly jail: string
  readonly key: string
  readonly atMs: number
}

/** What is remembered of one address. */
export interface SeenAddress {
  /** By why they did not count; `counted`: they did. */
  readonly lines: ReadonlyMap<string, SeenLines>
  readonly skips: ReadonlyMap<SkipReason, SeenSkips>
  /** Of the newest line that counted, epoch ms; -Infinity: there is none. */
  readonly countedMs: number
}

const NOTHING: ReadonlyMap<SkipReason, SeenSkips> = new Map()

/** What lines of each address came to: those that count, and by reason those that do not. In memory only, as numbers: nothing is allocated for a line. */
export class Seen {
  readonly #addresses: RecentAddresses
  readonly #lines: SeenRows
  readonly #skips = new Map<number, Map<SkipReason, SeenSkips>>()

  constructor(addresses: RecentAddresses) {
    this.#addresses = addresses
    this.#lines = new SeenRows(addresses.end)
    addresses.onGone((address) => {
      this.#lines.drop(address)
      this.#skips.delete(address)
    })
  }

  /** An event with an address, and the place of its line, where it is one. */
  note(event: SipEvent, place: LinePlace | null = null): void {
    const { stem, offset } = place ?? placeOf(event.id)
    this.#lines.note(this.#addresses.open(event.ip!), whyNotCounted(event), stem, offset, event.atMs)
  }

  /** A window was full, and led to no ban. */
  skip({ ip, why, jail, detection }: SkipDecision): void {
    const address = this.#addresses.open(ip)
    const skips = this.#skips.get(address) ?? new Map<SkipReason, SeenSkips>()
    if (skips.size === 0) this.#skips.set(address, skips)
    const count = (skips.get(why)?.count ?? 0) + detection.count
    skips.set(why, { count, newest: newestLines(detection, NEWEST), jail, key: detection.key, atMs: detection.atMs })
  }

  of(ip: string): SeenAddress | null {
    const address = this.#addresses.find(ip)
    if (address === 0) return null
    const lines = this.#lines.of(address)
    return { lines, skips: this.#skips.get(address) ?? NOTHING, countedMs: lines.get(COUNTED)?.newestMs ?? Number.NEGATIVE_INFINITY }
  }
}

export const COUNTED = 'counted'

/** Why an event does not count, in one word; `counted`: it does. */
export function whyNotCounted({ why, shadow, counted, kind }: SipEvent): string {
  if (why !== null) return why
  if (shadow) return 'shadow'
  if (counted) return COUNTED
  switch (kind) {
    case 'auth_challenge':
      return 'challenge'
    case 'registration':
    case 'unregistration':
    case 'auth_success':
      return 'success'
    case 'request':
      return 'request'
    default:
      // A 5xx, the operator's own misconfiguration: its rule says so.
      return 'uncounted'
  }
}
