import { networkOf } from '../address.ts'

/** What both sides' bans have in common. `untilMs` null: for ever, or not known. Epoch ms. */
export interface Span {
  readonly ip: string
  readonly fromMs: number
  readonly untilMs: number | null
}

/** Bans of one address (of an IPv6 /64) that hang together in time, each side's in their order. One side may have none. */
export interface Episode<Theirs extends Span, Ours extends Span> {
  readonly fromMs: number
  readonly theirs: readonly Theirs[]
  readonly ours: readonly Ours[]
}

/** One ban, in the list of its side. */
interface Single<Theirs extends Span, Ours extends Span> {
  readonly ban: Span
  readonly theirs: readonly Theirs[]
  readonly ours: readonly Ours[]
}

/**
 * The bans of two sides, paired: those of one address whose times overlap or touch, directly or through others, are one episode. Each ban is
 * in exactly one. In the order of their beginnings. Pure.
 */
export function compare<Theirs extends Span, Ours extends Span>(theirs: readonly Theirs[], ours: readonly Ours[]): Episode<Theirs, Ours>[] {
  const singles: Single<Theirs, Ours>[] = [
    ...theirs.map((ban) => ({ ban, theirs: [ban], ours: [] })),
    ...ours.map((ban) => ({ ban, theirs: [], ours: [ban] })),
  ]
  const byNetwork = Map.groupBy(
    singles.sort((a, b) => a.ban.fromMs - b.ban.fromMs),
    ({ ban }) => networkOf(ban.ip),
  )
  return [...byNetwork.values()].flatMap(chain).sort((a, b) => a.fromMs - b.fromMs)
}

/** The bans of one network, in their order, as chains of those that overlap. */
function chain<Theirs extends Span, Ours extends Span>(singles: readonly Single<Theirs, Ours>[]): Episode<Theirs, Ours>[] {
  const episodes: { fromMs: number; theirs: Theirs[]; ours: Ours[] }[] = []
  let untilMs = Number.NEGATIVE_INFINITY
  for (const { ban, theirs, ours } of singles) {
    if (ban.fromMs > untilMs) episodes.push({ fromMs: ban.fromMs, theirs: [], ours: [] })
    episodes.at(-1)!.theirs.push(...theirs)
    episodes.at(-1)!.ours.push(...ours)
    untilMs = Math.max(untilMs, ban.untilMs ?? Number.POSITIVE_INFINITY)
  }
  return episodes
}

export type Verdict = 'both' | 'only-fail2ban' | 'only-sipguard'

export function verdictOf({ theirs, ours }: Episode<Span, Span>): Verdict {
  if (theirs.length > 0 && ours.length > 0) return 'both'
  return theirs.length > 0 ? 'only-fail2ban' : 'only-sipguard'
}
