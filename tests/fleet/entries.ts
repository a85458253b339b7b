import type { Decided, FleetDecision } from '../../src/fleet/decision.ts'
import { type Entry, entryOf } from '../../src/fleet/entry.ts'
import { banOf } from '../state/samples.ts'

export const NODE_A = 'aaaaaaaaaaaa'
export const NODE_B = 'bbbbbbbbbbbb'
export const HOUR_MS = 36e5
export const WEEK_MS = 168 * HOUR_MS

/** An entry as a node of that name would write it. */
export function entry(decision: FleetDecision, atMs: number, node = NODE_A, liftedMs: number | null = null): Entry {
  return entryOf({ ...decision, atMs, node } as Decided, liftedMs)
}

export const ban = (ip: string, part: Parameters<typeof banOf>[1] = {}): FleetDecision => ({
  kind: 'ban',
  ban: banOf(ip, { untilMs: null, ...part }),
})
export const unban = (target: string): FleetDecision => ({ kind: 'unban', target })
export const allow = (cidr: string, untilMs: number | null = null): FleetDecision => ({
  kind: 'allow',
  entry: { cidr, untilMs, addedMs: 1, comment: null },
})
export const disallow = (cidr: string): FleetDecision => ({ kind: 'disallow', cidr })
export const peers = (of: string, cidrs: readonly string[]): FleetDecision => ({ kind: 'peers', of, cidrs })
