import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster, Redis } from 'ioredis'
import { targetOf } from '../../src/fleet/entry.ts'
import { type Client, createFleet, type Decided, type FleetDecision } from '../../src/fleet/index.ts'
import type { AllowEntry, LedgerRow, PhoneRow } from '../../src/kept.ts'
import { openState } from '../../src/state/index.ts'
import type { Ban } from '../../src/types.ts'
import { banOf, effects } from '../state/samples.ts'
import { until } from './redis-server.ts'

const FILES = ['state.db', 'state.db-wal']

export interface SimulatedNodeOptions {
  /** One URL: that Redis; several: a Cluster. */
  readonly urls: readonly string[]
  /** What a node that is no more has left. */
  readonly dir?: string
  readonly streamLength?: number
  readonly phoneMs?: number
  readonly addresses?: readonly string[]
  /** Published for all. */
  readonly peers?: readonly string[]
  /** Told every row that was committed as decided here. */
  readonly onDecided?: (row: LedgerRow) => void
  /** How far its clock is ahead, ms. */
  readonly aheadMs?: number
}

/** What a daemon is to the fleet: it decides, enforces, journals; its firewall is a map. */
export async function startNode(options: SimulatedNodeOptions) {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'sipguard-node-'))
  const state = await openState(dir)
  const snapshot = await state.load()
  const client = connect(options.urls)
  const now = () => Date.now() + (options.aheadMs ?? 0)
  /** What it keeps out, by target. */
  const bans = new Map<string, Ban>(snapshot.bans.map((ban) => [targetOf({ kind: 'ban', ban }), ban]))
  const allowed = new Map<string, AllowEntry>(snapshot.allow.map((entry) => [entry.cidr, entry]))
  const delivered: Decided[] = []
  const phones: PhoneRow[] = []
  const troubles: (string | null)[] = []
  let nodes: readonly string[] = []
  const dirty = new Set<string>()
  let commits: Promise<void> = Promise.resolve()
  let dead = false
  let refusals = 0
  let busy: Promise<void> = Promise.resolve()

  function take(decision: FleetDecision): void {
    if (decision.kind === 'ban') {
      bans.set(targetOf(decision), decision.ban)
      dirty.add(decision.ban.ip)
    } else if (decision.kind === 'unban') {
      for (const [target, ban] of bans) {
        if ((ban.prefix ?? ban.ip) !== decision.target) continue
        bans.delete(target)
        dirty.add(ban.ip)
      }
    } else if (decision.kind === 'allow') allowed.set(decision.entry.cidr, decision.entry)
    else if (decision.kind === 'disallow') allowed.delete(decision.cidr)
  }

  function commit(): Promise<void> {
    commits = commits.then(async () => {
      if (dead) return
      const { ledger, positions } = fleet.drain()
      const lifted = [...dirty]
      dirty.clear()
      await state.commit(effects({ ledger, positions, lifted, bans: [...bans.values()].filter(({ ip }) => lifted.includes(ip)) }))
      for (const row of ledger) if (row.unsent) options.onDecided?.(row)
      if (!dead) fleet.committed()
    })
    return commits
  }

  const fleet = createFleet({
    ...{ client, node: state.node, name: 'sbc', version: '1', snapshot, memory: state, now },
    phoneMs: () => options.phoneMs ?? 7 * 864e5,
    addresses: () => options.addresses ?? [],
    enforcement: () => ({ enforced: bans.size, verified: bans.size }),
    async onEntries(decided) {
      if (dead) return new Promise<never>(() => {})
      if (refusals-- > 0) throw new Error('not now')
      for (const one of decided) take(one)
      delivered.push(...decided)
      await commit()
      await busy
    },
    peers: () => options.peers ?? [],
    onPublished: () => void commit(),
    onPhones: (rows) => void phones.push(...rows),
    onNodes(addresses) {
      nodes = addresses
    },
    onTrouble: (message) => void troubles.push(message),
    ...(options.streamLength !== undefined && { streamLength: options.streamLength }),
  })
  await fleet.start()

  async function decide(decision: FleetDecision, atMs = now()): Promise<void> {
    take(decision)
    fleet.publish(decision, atMs)
    await commit()
  }

  return {
    id: state.node,
    fleet,
    bans,
    allowed,
    delivered,
    phones,
    troubles,
    nodes: () => nodes,
    decide,
    ban: (ip: string, part: Partial<Ban> = {}, atMs = now()) =>
      decide({ kind: 'ban', ban: banOf(ip, { fromMs: atMs, untilMs: atMs + 36e5, node: state.node, ...part }) }, atMs),
    async unban(target: string, atMs = now()): Promise<void> {
      take({ kind: 'unban', target })
      fleet.publish({ kind: 'unban', target }, atMs)
      await commit()
    },
    /** What comes next is not taken, so many times. */
    refuse(times: number): void {
      refusals = times
    },
    /** It takes nothing more than what is on its way, until then. */
    isBusyUntil(end: Promise<void>): void {
      busy = end
    },
    /** Whom it keeps out, in a fixed order. */
    banned: () => [...bans.keys()].sort(),
    reached: () => until(() => fleet.status().reachable, 'Redis to be reached'),
    /** kill -9: nothing more is done, and what its disk holds is in another directory. */
    async kill(): Promise<string> {
      dead = true
      client.disconnect()
      const left = mkdtempSync(join(tmpdir(), 'sipguard-node-'))
      for (const file of FILES) if (existsSync(join(dir, file))) copyFileSync(join(dir, file), join(left, file))
      await fleet.stop()
      await state.close()
      rmSync(dir, { recursive: true, force: true })
      return left
    },
    /** An orderly end; its directory stays. */
    async stop(): Promise<string> {
      await commit()
      await fleet.stop()
      dead = true
      client.disconnect()
      await commits
      await state.close()
      return dir
    },
  }
}
export type SimulatedNode = Awaited<ReturnType<typeof startNode>>

function connect(urls: readonly string[]): Client {
  const options = { enableOfflineQueue: false, maxRetriesPerRequest: 0, connectTimeout: 1000, retryStrategy: () => 50 }
  const client =
    urls.length === 1
      ? new Redis(urls[0]!, options)
      : new Cluster([...urls], { enableOfflineQueue: false, clusterRetryStrategy: () => 50, redisOptions: { connectTimeout: 1000 } })
  client.on('error', () => {})
  return client
}
