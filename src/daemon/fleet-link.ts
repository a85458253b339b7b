import { hostname } from 'node:os'
import type { StoreConfig } from '../config/types.ts'
import type { Full } from '../fleet/counts.ts'
import type { Decided, Fleet, FleetDecision } from '../fleet/index.ts'
import type { LedgerRow, PhoneRow } from '../kept.ts'
import type { Snapshot, State } from '../state/state.ts'
import type { Position } from '../types.ts'
import type { Degraded } from './degraded.ts'
import type { FleetLinkStatus } from './fleet-report.ts'
import type { CountedEvent } from './shared-detection.ts'

/** This node's way to the others. Without a fleet it leads nowhere. */
export interface FleetLink {
  /** A decision made here, as it is made; it leaves when it is committed. */
  publish(decision: FleetDecision, atMs: number): void
  sharePhones(rows: readonly PhoneRow[]): void
  /** Whether there is anybody to count with. */
  readonly counts: boolean
  /** Events that entered windows here, for the windows of all; which of those they fill is told by `onFull`. */
  count(events: readonly CountedEvent[]): void
  /** Somebody unbanned it: what is counted against it up to then is void for all. */
  forget(network: string, untilMs: number): void
  drain(): { readonly ledger: readonly LedgerRow[]; readonly positions: readonly Position[] }
  committed(): void
  /** Null: there is no fleet. */
  status(): FleetLinkStatus | null
  /** `peers:` that any node has published for all. */
  peers(): readonly string[]
  /** All that is decided, in the whole fleet. */
  standing(): readonly Decided[]
  /** What held here before, and whatever the others have decided since, begins to travel. */
  start(snapshot: Snapshot): Promise<void>
  stop(): Promise<void>
}

export interface FleetLinkOptions {
  readonly store: StoreConfig
  readonly state: State
  readonly snapshot: Snapshot
  readonly version: string
  readonly now: () => number
  readonly degraded: Degraded
  readonly phoneMs: () => number
  /** This node's addresses, which are `self` for all. */
  readonly addresses: () => readonly string[]
  readonly enforcement: () => { readonly enforced: number; readonly verified: number }
  /** This node's `peers:`, names resolved. */
  readonly peers: () => readonly string[]
  /** Something was published that is to be drained and committed soon. */
  readonly onPublished: () => void
  /** Decisions of other nodes; resolves when they are committed here. */
  readonly receive: (decided: readonly Decided[]) => Promise<void>
  readonly onFull: (fulls: readonly Full<CountedEvent>[]) => void
  readonly onPhones: (rows: readonly PhoneRow[]) => void
  /** Addresses of all other nodes. */
  readonly onNodes: (addresses: readonly string[]) => void
}

const NOTHING = { ledger: [], positions: [] }
/** Of a node that shares nothing. */
export const ALONE: FleetLink = {
  publish() {},
  sharePhones() {},
  counts: false,
  count() {},
  forget() {},
  drain: () => NOTHING,
  committed() {},
  status: () => null,
  peers: () => [],
  standing: () => [],
  async start() {},
  async stop() {},
}

/** @throws SipguardError CONFIG_INVALID for a URL that is none. A Redis that does not answer is no error: it is waited for. */
export async function createFleetLink(options: FleetLinkOptions): Promise<FleetLink> {
  const { store, state, snapshot, version, now, degraded, phoneMs, receive, onFull, onNodes } = options
  if (store.type === 'embedded') return ALONE
  // Loaded where it is needed: the client alone takes 20 MB.
  const [{ connect }, { createSharedCounts }, { createFleet }] = await Promise.all([
    import('../fleet/connection.ts'),
    import('../fleet/counts.ts'),
    import('../fleet/index.ts'),
  ])
  const connection = connect(store.urls)
  const counts = createSharedCounts({ client: connection.client, prefix: store.prefix })
  const fleet: Fleet = createFleet({
    ...{ client: connection.client, node: state.node, name: hostname(), version, prefix: store.prefix, snapshot, memory: state },
    ...{ phoneMs, now, addresses: options.addresses, enforcement: options.enforcement, onEntries: receive },
    ...{ onPhones: options.onPhones, onNodes, onPublished: options.onPublished },
    peers: () => (store.publishPeers ? options.peers() : []),
    onTrouble(message) {
      const what = `the fleet's Redis at ${connection.place} cannot be used: ${message}`
      if (message === null) degraded.clear('fleet', `the fleet's Redis at ${connection.place} is used again`)
      else degraded.set('fleet', what, 'this node goes on alone; its decisions wait on disk and leave when Redis is back')
    },
  })
  return {
    publish: fleet.publish,
    sharePhones: fleet.sharePhones,
    counts: true,
    async count(events) {
      const fulls = await counts.count(events)
      // Of whom somebody unbanned while this was on its way, what is counted is void.
      const standing = fulls.filter(({ counting: { network, event } }) => event.atMs > fleet.unbannedMs(network))
      if (standing.length > 0) onFull(standing)
    },
    forget: (network, untilMs) => void counts.forget(network, untilMs),
    drain: fleet.drain,
    committed: fleet.committed,
    status: () => ({ ...fleet.status(), counting: counts.status() }),
    peers: fleet.peers,
    standing: fleet.standing,
    async start({ bans, allow }) {
      for (const ban of bans) fleet.adopt({ kind: 'ban', ban }, ban.fromMs)
      for (const entry of allow) fleet.adopt({ kind: 'allow', entry }, entry.addedMs)
      await fleet.start()
      options.onPublished()
    },
    async stop() {
      await fleet.stop()
      counts.close()
      connection.close()
    },
  }
}
