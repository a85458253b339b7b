import type { Decided, FleetDecision } from './decision.ts'

/** What a node has published. */
export type Published = Extract<Decided, { kind: 'peers' }>

/** A node says again so often what it has published; what it has not said for so long is a lost node's, and withdrawn by any other. */
const RENEW_MS = 864e5
const LOST_MS = 7 * 864e5
/** When Redis is back after longer than that, the others have so long to say it again. */
const GRACE_MS = 36e5

export interface PeersOptions {
  readonly node: string
  readonly now: () => number
  /** What this node publishes for all, addresses and CIDRs; empty: nothing. */
  readonly own: () => readonly string[]
  /** What every node has published, as it is known here. */
  readonly published: () => readonly Published[]
  readonly publish: (decision: FleetDecision, atMs: number) => void
  /** Since when Redis has been read without a break, epoch ms; null: it cannot be. */
  readonly readSinceMs: () => number | null
}

/** Says what this node publishes as peers, and takes back what nodes that are lost have published. */
export function createPeers({ node, now, own, published, publish, readSinceMs }: PeersOptions) {
  return {
    /** Whether there was anything to say. To be called now and then. */
    tend(): boolean {
      const nowMs = now()
      const all = published()
      const cidrs = own()
      const said = all.find(({ of }) => of === node)
      const isSame = cidrs.join() === (said?.cidrs ?? []).join()
      const isDue = cidrs.length > 0 && said !== undefined && said.atMs <= nowMs - RENEW_MS
      const says = !isSame || isDue
      if (says) publish({ kind: 'peers', of: node, cidrs }, nowMs)

      const sinceMs = readSinceMs()
      if (sinceMs === null || nowMs - sinceMs < GRACE_MS) return says
      const lost = all.filter(({ of, cidrs, atMs }) => of !== node && cidrs.length > 0 && atMs <= nowMs - LOST_MS)
      for (const { of } of lost) publish({ kind: 'peers', of, cidrs: [] }, nowMs)
      return says || lost.length > 0
    },
    /** All that any node has published, each once. */
    list: (): string[] => [...new Set(published().flatMap(({ cidrs }) => cidrs))],
  }
}
