import type { SipEvent, SkipDecision, SkipReason } from '../types.ts'

/** Addresses remembered; past it those go that were not seen for the longest. */
const MOST_ADDRESSES = 10_000
/** Of each reason, so many of the newest lines. */
export const NEWEST = 3

/** Where one line stands, as an event says it. */
export interface SeenLine {
  readonly id: string
  readonly atMs: number
}

/** Lines of one address that came to the same. */
export interface SeenLines {
  readonly count: number
  /** The newest ones, the oldest first. */
  readonly newest: readonly SeenLine[]
}

/** Full windows that led to no ban, for the same reason. */
export interface SeenSkips extends SeenLines {
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
  /** Of the newest line that counted, and of any, epoch ms; -Infinity: there is none. */
  readonly countedMs: number
  readonly newestMs: number
}

class Lines implements SeenLines {
  count = 0
  readonly #ring: SeenLine[] = []

  note(line: SeenLine): void {
    this.#ring[this.count++ % NEWEST] = line
  }

  get newest(): SeenLine[] {
    const from = Math.max(0, this.count - NEWEST)
    return Array.from({ length: this.count - from }, (_, i) => this.#ring[(from + i) % NEWEST]!)
  }
}

class Address implements SeenAddress {
  readonly lines = new Map<string, Lines>()
  readonly skips = new Map<SkipReason, SeenSkips>()
  countedMs = Number.NEGATIVE_INFINITY
  newestMs = Number.NEGATIVE_INFINITY
}

/** What lines of each address came to: those that count, and by reason those that do not. In memory only. */
export class Seen {
  readonly #half: number
  /** What was seen lately, and what was before: an address is looked for in both, and nothing is moved for a line of a known one. */
  #young = new Map<string, Address>()
  #old = new Map<string, Address>()

  constructor(most = MOST_ADDRESSES) {
    this.#half = Math.max(1, Math.floor(most / 2))
  }

  /** An event with an address. */
  note(event: SipEvent): void {
    const { id, atMs } = event
    const address = this.#open(event.ip!)
    const why = whyNotCounted(event)
    let lines = address.lines.get(why)
    if (lines === undefined) {
      lines = new Lines()
      address.lines.set(why, lines)
    }
    lines.note({ id, atMs })
    if (atMs > address.newestMs) address.newestMs = atMs
    if (why === COUNTED && atMs > address.countedMs) address.countedMs = atMs
  }

  /** A window was full, and led to no ban. */
  skip({ ip, why, jail, detection }: SkipDecision): void {
    const { skips } = this.#open(ip)
    const count = (skips.get(why)?.count ?? 0) + detection.count
    skips.set(why, { count, newest: detection.hits.slice(-NEWEST), jail, key: detection.key, atMs: detection.atMs })
  }

  of(ip: string): SeenAddress | null {
    return this.#young.get(ip) ?? this.#old.get(ip) ?? null
  }

  #open(ip: string): Address {
    const young = this.#young.get(ip)
    if (young !== undefined) return young
    const address = this.#old.get(ip) ?? new Address()
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(ip, address)
    return address
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
