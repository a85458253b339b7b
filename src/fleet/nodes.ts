import { type Client, within } from './calls.ts'
import { isNetworks } from './decision.ts'

const FORGET_MS = 864e5
const MEMORY = 'fleet:nodes'

/** What a node reports of itself. */
export interface NodeReport {
  readonly id: string
  /** As people call it: the host's name. */
  readonly name: string
  readonly version: string
  /** Its own addresses and CIDRs. */
  readonly addresses: readonly string[]
  /** By its own clock, epoch ms. */
  readonly seenMs: number
  /** How far it is behind the others' decisions, ms; null: it cannot say. */
  readonly lagMs: number | null
  /** Bans decided, and of these those that its kernel has confirmed. */
  readonly enforced: number
  readonly verified: number
}

/** A node of the fleet, as it last reported itself. */
export interface FleetNode extends NodeReport {
  /** When that was, by the clock of whoever looks: clocks need not agree. */
  readonly heardMs: number
}

export interface NodesOptions {
  readonly client: Client
  readonly prefix: string
  readonly now: () => number
  readonly self: () => NodeReport
  /** The state: what is known of the others outlives a restart without Redis. */
  readonly memory: { remember(name: string, value: string): Promise<void>; recall(name: string): Promise<string | null> }
  /** Addresses of all other nodes, whenever they changed. They stay what they were while Redis cannot be read. */
  readonly onAddresses: (addresses: readonly string[]) => void
}

/** Who belongs to the fleet. */
export function createNodes({ client, prefix, now, self, memory, onAddresses }: NodesOptions) {
  const key = `${prefix}:{fleet}:nodes`
  /** As they were last read, this one too. */
  let nodes: readonly FleetNode[] = []
  /** The newest report of each, and since when it is known. */
  let heard = new Map<string, { readonly text: string; readonly atMs: number }>()
  let told = '[]'

  function tell(addresses: readonly string[]): boolean {
    const text = JSON.stringify(addresses)
    if (text === told) return false
    told = text
    onAddresses(addresses)
    return true
  }

  /** A report that is read for the first time may be old; one that has changed is not. */
  function hear(reports: Readonly<Record<string, string>>): FleetNode[] {
    const before = heard
    heard = new Map()
    return Object.entries(reports).flatMap(([id, text]) => {
      const report = readNode(id, text)
      if (report === null) return []
      const known = before.get(id)
      const atMs = known?.text === text ? known.atMs : known ? now() : Math.min(now(), report.seenMs)
      heard.set(id, { text, atMs })
      return [{ ...report, heardMs: atMs }]
    })
  }

  return {
    /** This node as it is now, the others as they last reported themselves. */
    list(): FleetNode[] {
      const own = self()
      return [{ ...own, heardMs: own.seenMs }, ...nodes.filter(({ id }) => id !== own.id)].sort((a, b) => (a.id < b.id ? -1 : 1))
    },
    /** What was known when this node last ran. */
    async restore(): Promise<void> {
      const kept: unknown = JSON.parse((await memory.recall(MEMORY)) ?? '[]')
      if (isNetworks(kept)) tell(kept)
    },
    /** Reports this node and reads of the others; whoever was silent for a day is forgotten. @throws where Redis does not answer */
    async report(): Promise<void> {
      const own = self()
      await within(client.hset(key, own.id, toJson(own)))
      const all = hear(await within(client.hgetall(key)))
      const isSilent = ({ heardMs }: FleetNode) => heardMs < now() - FORGET_MS
      const silent = all.filter(isSilent)
      if (silent.length > 0) await within(client.hdel(key, ...silent.map(({ id }) => id)))
      nodes = all.filter((node) => !isSilent(node))
      const addresses = new Set(nodes.filter(({ id }) => id !== own.id).flatMap((node) => node.addresses))
      if (tell([...addresses].sort())) await memory.remember(MEMORY, told)
    },
  }
}

function toJson({ name, version, addresses, seenMs, lagMs, enforced, verified }: NodeReport): string {
  return JSON.stringify({ name, version, addresses, seen_at: new Date(seenMs).toISOString(), lag_ms: lagMs, enforced, verified })
}

/** Null for what no node of ours has written. */
function readNode(id: string, text: string): NodeReport | null {
  try {
    const { name, version, addresses, seen_at, lag_ms, enforced, verified } = JSON.parse(text)
    const seenMs = Date.parse(seen_at)
    const sound = typeof name === 'string' && typeof version === 'string' && isNetworks(addresses) && Number.isFinite(seenMs)
    return sound
      ? { id, name, version, addresses, seenMs, lagMs: lag_ms ?? null, enforced: Number(enforced), verified: Number(verified) }
      : null
  } catch {
    return null
  }
}
