import type { LedgerRow, PhoneRow } from '../kept.ts'
import type { Position } from '../types.ts'
import type { Client } from './calls.ts'
import type { Decided, FleetDecision } from './decision.ts'
import { createDecisions, DECISIONS_STREAM } from './decisions.ts'
import { createNodes, type FleetNode, type NodesOptions } from './nodes.ts'
import { createPeers } from './peers.ts'
import { createPhones } from './phones.ts'

export type { Client } from './calls.ts'
export type { Decided, FleetDecision } from './decision.ts'

/** Each node reports itself this often. */
const REPORT_MS = 3000
/** What is over is forgotten, and what is due said, this often. */
const TEND_MS = 60_000

export interface FleetOptions {
  /** The connection for all but blocking calls, which have their own. It reconnects by itself, and is closed by whoever made it. */
  readonly client: Client
  /** This node's id, as in every event id. */
  readonly node: string
  readonly name: string
  readonly version: string
  /** First part of every key. Default: `sipguard`. */
  readonly prefix?: string
  /** What was journalled of `drain()`. */
  readonly snapshot: { readonly ledger: readonly LedgerRow[]; readonly positions: ReadonlyMap<string, string> }
  readonly memory: NodesOptions['memory']
  readonly phoneMs: () => number
  readonly now?: () => number
  readonly addresses: () => readonly string[]
  readonly enforcement: () => { readonly enforced: number; readonly verified: number }
  /** The `peers:` that this node publishes for all; empty: none. */
  readonly peers: () => readonly string[]
  /** Something was published that nobody asked for: it is to be drained and committed soon. */
  readonly onPublished: () => void
  /**
   * What other nodes decided, in an order that may be applied as it stands: each says what holds from now on. To be applied before it first
   * awaits anything; resolves when that is committed together with `drain()`. Where it rejects, the same comes again.
   */
  readonly onEntries: (decided: readonly Decided[]) => Promise<void>
  /** Phones that other nodes have seen; to be merged with what is known of them here. */
  readonly onPhones: (rows: readonly PhoneRow[]) => void
  /** Addresses of all other nodes, whenever they changed. */
  readonly onNodes: (addresses: readonly string[]) => void
  /** Redis cannot be used, and why; null: it can again. */
  readonly onTrouble: (message: string | null) => void
  /** Entries kept in the stream of decisions, at least. Default: 100 000. */
  readonly streamLength?: number
}

export interface FleetStatus {
  readonly reachable: boolean
  /** Since when it is, or is not, epoch ms. */
  readonly sinceMs: number
  readonly lastError: string | null
  /** Decisions of this node that are not in Redis yet. */
  readonly outbox: number
  /** How long ago all decisions of the others had been read, ms; 0: they are; null: they never were since the start. */
  readonly lagMs: number | null
  /** Decisions known, those that take others back among them. */
  readonly entries: number
  /** What was found in Redis that no node of ours has written, and own decisions that the others would not read. */
  readonly refused: number
  /** How often all decisions were compared with Redis's, because the stream did not go on from where it was read. */
  readonly resyncs: number
  /** This node as it is, and all others as they last reported themselves. */
  readonly nodes: readonly FleetNode[]
}

/** This node's part in a fleet. Nothing of it throws, and nothing waits for Redis: what cannot be done now is done when it is back. */
export interface Fleet {
  /** Restores what was known of other nodes, and begins. */
  start(): Promise<void>
  /** What is committed and can leave within a second leaves; the client stays open. */
  stop(): Promise<void>
  /**
   * A decision that this node made, to be called as it is made: `drain` gives it to the journal, and it leaves with `committed`. `atMs`: when
   * it was made, of a ban its `fromMs`.
   */
  publish(decision: FleetDecision, atMs: number): void
  /** What held here before there was a fleet: published unless something was decided of it already. */
  adopt(decision: FleetDecision, atMs: number): void
  /** When an address or a /64 was last unbanned, wherever, epoch ms; -Infinity: never, as far as is known. */
  unbannedMs(network: string): number
  /** Phones that changed here, as they are journalled. */
  sharePhones(rows: readonly PhoneRow[]): void
  /** What changed since it was last asked: to be committed together with the effects of the decisions. */
  drain(): { ledger: LedgerRow[]; positions: Position[] }
  /** All that was drained is committed. */
  committed(): void
  status(): FleetStatus
  /** `peers:` that any node has published, this one too. */
  peers(): readonly string[]
  /** All that is decided, as this node knows it: bans, unbans, allow entries, peers of every node. */
  standing(): Decided[]
}

export function createFleet(options: FleetOptions): Fleet {
  const { client, node, name, version, prefix = 'sipguard', snapshot, memory, phoneMs, now = Date.now } = options
  const { addresses, enforcement, onPublished, onEntries, onPhones, onNodes, onTrouble, streamLength } = options
  let reachable = false
  let sinceMs = now()
  let told: string | null = null
  let timers: NodeJS.Timeout[] = []

  function onState(): void {
    const { map } = decisions
    if (map.reachable !== reachable) {
      reachable = map.reachable
      sinceMs = now()
      if (reachable) report()
    }
    const message = reachable ? null : map.lastError
    if (message === told || (message !== null && told !== null) || (message === null && !reachable)) return
    told = message
    onTrouble(message)
  }

  const decisions = createDecisions({
    ...{ client, node, prefix, rows: snapshot.ledger, mark: snapshot.positions.get(DECISIONS_STREAM) ?? null },
    ...{ now, onEntries, onState, ...(streamLength !== undefined && { streamLength }) },
  })
  const phones = createPhones({ client, node, prefix, phoneMs, now, onPhones, onState: () => {} })
  const nodes = createNodes({
    ...{ client, prefix, now, memory, onAddresses: onNodes },
    self: () => ({ id: node, name, version, addresses: addresses(), seenMs: now(), lagMs: decisions.map.lagMs, ...enforcement() }),
  })

  const peers = createPeers({
    ...{ node, now, own: options.peers, published: decisions.peers, publish: decisions.publish },
    readSinceMs: () => (reachable ? sinceMs : null),
  })

  /** Forgets and says again what is due. */
  function tend(): void {
    decisions.expire()
    if (peers.tend()) onPublished()
  }

  /** Redis's troubles are told by the decisions; the disk's, by the journal. */
  const report = () => void nodes.report().catch(() => {})

  return {
    async start() {
      await nodes.restore().catch(() => {}) // not read, or not made sense of: Redis tells it again
      tend()
      decisions.start()
      phones.map.start()
      timers = [setInterval(report, REPORT_MS), setInterval(tend, TEND_MS)]
      report()
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([decisions.map.stop(), phones.map.stop()])
    },
    publish: decisions.publish,
    adopt(decision, atMs) {
      if (!decisions.knows(decision)) decisions.publish(decision, atMs)
    },
    unbannedMs: decisions.unbannedMs,
    sharePhones: phones.share,
    drain: decisions.drain,
    committed: decisions.committed,
    status() {
      const { map, sizes } = decisions
      return { reachable, sinceMs, lastError: map.lastError, lagMs: map.lagMs, ...sizes(), resyncs: map.resyncs, nodes: nodes.list() }
    },
    peers: peers.list,
    standing: decisions.standing,
  }
}
