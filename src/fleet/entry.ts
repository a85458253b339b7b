import type { Decided, FleetDecision } from './decision.ts'
import { readDecision } from './decision.ts'

/** What lifts or takes back is remembered at least this long, so that what it ended is not brought back by a node that was away. */
const TOMBSTONE_MS = 4 * 6048e5

/** The latest word on one target, as it is written in Redis and on disk. */
export interface Entry {
  /** What it is about, and all that one word replaces: `ban 192.0.2.7 endpoint 5060 udp`, `unban 192.0.2.7`, `allow 198.51.100.0/24`. */
  readonly target: string
  readonly atMs: number
  /** When it may be forgotten, epoch ms; null: never. */
  readonly endsMs: number | null
  /** `at node ends {decision as JSON}`; ends is `-` for never. */
  readonly text: string
}

export function targetOf(decision: FleetDecision): string {
  switch (decision.kind) {
    case 'ban': {
      const { ip, scope, prefix, port, transport } = decision.ban
      return `ban ${prefix ?? ip} ${scope} ${port ?? '-'} ${transport ?? '-'}`
    }
    case 'unban':
      return `unban ${decision.target}`
    case 'allow':
      return `allow ${decision.entry.cidr}`
    case 'disallow':
      return `allow ${decision.cidr}`
    case 'peers':
      return `peers ${decision.of}`
  }
}

/** What a target is about: an address, a prefix, a CIDR, a node. */
export function placeOf(target: string): string {
  return target.split(' ', 2)[1] ?? ''
}

/** The target whose newer word undoes this one: a ban falls under the unban of what it stands on. Empty: none. */
export function undoneBy(target: string): string {
  return target.startsWith('ban ') ? `unban ${placeOf(target)}` : ''
}

/** @param liftedMs the latest end of what this lifts or takes back, epoch ms; null: nothing that ends */
export function entryOf({ atMs, node, ...decision }: Decided, liftedMs: number | null): Entry {
  const endsMs = endOf(decision, atMs, liftedMs)
  return { target: targetOf(decision), atMs, endsMs, text: `${atMs} ${node} ${endsMs ?? '-'} ${JSON.stringify(decision)}` }
}

function endOf(decision: FleetDecision, atMs: number, liftedMs: number | null): number | null {
  if (decision.kind === 'ban') return decision.ban.untilMs
  if (decision.kind === 'allow') return decision.entry.untilMs
  if (decision.kind === 'peers' && decision.cidrs.length > 0) return null
  return Math.max(atMs + TOMBSTONE_MS, liftedMs ?? 0)
}

/** Null for what no node of ours has written. */
export function readEntry(target: string, text: string): Entry | null {
  const [, at, node, ends] = /^(\S+) (\S+) (\S+) /.exec(text) ?? []
  if (!at || !node || !ends) return null
  const atMs = Number(at)
  const endsMs = ends === '-' ? null : Number(ends)
  if (!Number.isFinite(atMs) || Number.isNaN(endsMs)) return null
  const decision = decisionIn(text)
  return decision !== null && targetOf(decision) === target ? { target, atMs, endsMs, text } : null
}

/** What an entry says. */
export function decidedBy({ text, atMs }: Entry): Decided {
  return { ...decisionIn(text)!, atMs, node: text.split(' ', 2)[1]! }
}

function decisionIn(text: string): FleetDecision | null {
  try {
    return readDecision(JSON.parse(text.slice(text.indexOf(' {') + 1)))
  } catch {
    return null
  }
}

/** Whether what is said in the one text is the same as in the other, whenever and wherever it was said. */
export function saysTheSame(a: string, b: string): boolean {
  return a.slice(a.indexOf(' {')) === b.slice(b.indexOf(' {'))
}

/** Whether it may be forgotten. */
export function isOver({ endsMs }: Pick<Entry, 'endsMs'>, nowMs: number): boolean {
  return endsMs !== null && endsMs <= nowMs
}
