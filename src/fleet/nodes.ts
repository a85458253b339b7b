import { type Client, within } from './calls.ts'
import { isNetworks } from './decision.ts'

const FORGET_MS = 864e5
const MEMORY = 'fleet:nodes'

/** A node of the fleet, as it last reported itself. */
export interface FleetNode {
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

export interface NodesOptions {
  readonly client: Client
  readonly prefix: string
  readonly now: () => number
  readonly self: () => FleetNode
  /** The state: what is known of the others outlives a restart without Redis. */
  readonly memory: { remember(name: string, value: string): Promise<void>; recall(name: string): Promise<string | null> }
  /** Addresses of all other nodes, whenever they changed. They stay what they were while Redis cannot be read. */
  readonly onAddresses: (addresses: readonly string[]) => void
}

/** Who belongs to the fleet. */
export function createNodes({ client, prefix, now, self, memory, onAddresses }: NodesOptions) {
  const key = `${prefix}:{fleet}:nodes`
  let nodes: readonly FleetNode[] = []
  let told = '[]'

  function tell(addresses: readonly string[]): boolean {
    const text = JSON.stringify(addresses)
    if (text === told) return false
    told = text
    onAddresses(addresses)
    return true
  }

  return {
    list: (): readonly FleetNode[] => nodes,
    /** What was known when this node last ran. */
    async restore(): Promise<void> {
      const kept: unknown = JSON.parse((await memory.recall(MEMORY)) ?? '[]')
      if (isNetworks(kept)) tell(kept)
    },
    /** Reports this node and reads of the others; whoever was silent for a day is forgotten. @throws where Redis does not answer */
    async report(): Promise<void> {
      const own = self()
      await within(client.hset(key, own.id, toJson(own)))
      const found = Object.entries(await within(client.hgetall(key))).map(([id, text]) => readNode(id, text))
      const isSilent = ({ seenMs }: FleetNode) => seenMs < now() - FORGET_MS
      const all = found.filter((node) => node !== null)
      const silent = all.filter(isSilent)
      if (silent.length > 0) await within(client.hdel(key, ...silent.map(({ id }) => id)))
      nodes = all.filter((node) => !isSilent(node)).sort((a, b) => (a.id < b.id ? -1 : 1))
      const addresses = new Set(nodes.filter(({ id }) => id !== own.id).flatMap((node) => node.addresses))
      if (tell([...addresses].sort())) await memory.remember(MEMORY, told)
    },
  }
}

function toJson({ name, version, addresses, seenMs, lagMs, enforced, verified }: FleetNode): string {
  return JSON.stringify({ name, version, addresses, seen_at: new Date(seenMs).toISOString(), lag_ms: lagMs, enforced, verified })
}

/** Null for what no node of ours has written. */
function readNode(id: string, text: string): FleetNode | null {
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
