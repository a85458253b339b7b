import { createHash } from 'node:crypto'
import { Cluster } from 'ioredis'
import type { Counting } from '../counting.ts'
import { type Client, within } from './calls.ts'
import { COUNT } from './counts.lua.ts'
import { type Asked, type Full, keysOf, packCountings, readAnswer } from './counts-call.ts'
import { Forgetting } from './counts-forgetting.ts'
import { markerOf } from './counts-keys.ts'
import { type Route, routesOf } from './counts-routes.ts'

export type { CountedJail, Counting } from '../counting.ts'
export type { Full } from './counts-call.ts'

/** Countings in one round trip, and round trips under way. */
const MOST_AT_ONCE = 2000
const IN_FLIGHT = 2
const CAPACITY = 100_000
/** Redis is asked so often what it wants to know of one event; then that event fills no window, and the next one may. */
const MOST_ASKS = 5
const RETRY_MS = 250
const LONGEST_RETRY_MS = 5000
/** That a network is forgotten is kept so long: a late line may still come, and a day in any case. */
const FORGET_TIMES_FINDTIME = 3
const DAY_MS = 864e5

const COUNT_SHA = createHash('sha1').update(COUNT).digest('hex')
/** Not Redis's state but what was asked of it: asked again, it fails again. */
const REFUSED = /^(?:ERR|WRONGTYPE)\b/

export interface SharedCountsOptions {
  /** Reconnects by itself, and is closed by whoever made it. */
  readonly client: Client
  /** First part of every key. Default: `sipguard`. */
  readonly prefix?: string
  /** Countings that may wait; past it the oldest are dropped. Default: 100 000. */
  readonly capacity?: number
  /** `reachable` or `lastError` changed. */
  readonly onState?: () => void
}

export interface SharedCountsStatus {
  /** Whether Redis took what it was last given. */
  readonly reachable: boolean
  readonly lastError: string | null
  /** Countings that Redis has not taken yet. */
  readonly pending: number
  /** Countings that it never will, since the start. */
  readonly dropped: number
  readonly counted: number
}

/**
 * The windows of a whole fleet, in Redis. Best effort: nothing throws, nobody needs to wait. A counting that cannot be delivered waits, and
 * may come twice: an id counts once. Only where a connection is lost, or a call takes longer than 5 s, after Redis has counted and before
 * it has said so, a full window is cleared and nobody hears of it.
 */
export interface SharedCounts {
  /**
   * Counts them, those of one key in this order; resolves to the windows they filled, in this order too, when Redis has taken them all.
   * What is dropped fills none. Where a window by user would be full and holds addresses, Redis asks first whether these are forgotten: the
   * event is counted a round trip later. An event that was counted already, whoever sent it, counts no more for as long as its windows are
   * kept: 3 × findtime after the last event that entered.
   */
  count<C extends Counting>(countings: readonly C[]): Promise<Full<C>[]>
  /**
   * The events of this network up to `untilMs` no longer count, those that came and those that will: where its address is a part of the key,
   * or what is counted (`distinct: ip`). Resolves when Redis knows; it is told again until it does, the last 10,000.
   */
  forget(network: string, untilMs: number): Promise<void>
  status(): SharedCountsStatus
  /** What waits is dropped; the client stays open. */
  close(): void
}

interface Batch {
  left: number
  /** By the place of their counting, for they come in any order. */
  readonly fulls: Full[][]
  readonly done: (fulls: Full[][]) => void
}

interface Item extends Asked<Counting> {
  readonly batch: Batch
  readonly place: number
  asks: number
  mayFire: boolean
  untilOf: Map<string, number> | null
}

/** What became of the items of one round trip. */
interface Round {
  /** Counted, or refused. */
  readonly settled: Item[]
  /** To be sent again. */
  readonly undone: Item[]
  /** Likewise, with what Redis wants to know. */
  readonly asking: Item[]
}

export function createSharedCounts(options: SharedCountsOptions): SharedCounts {
  const { client, prefix = 'sipguard', capacity = CAPACITY, onState } = options
  let queue: Item[] = []
  const forgetting = new Forgetting(client, prefix)
  let inFlight = 0
  let itemsInFlight = 0
  let dropped = 0
  let counted = 0
  let reachable = false
  let lastError: string | null = null
  let retryMs = RETRY_MS
  let retry: NodeJS.Timeout | null = null
  let closed = false
  let longestFindtimeMs = DAY_MS

  function settle(item: Item): void {
    if (--item.batch.left === 0) item.batch.done(item.batch.fulls)
  }

  function drop(items: readonly Item[]): void {
    dropped += items.length
    for (const item of items) settle(item)
  }

  function enqueue(items: readonly Item[], where: 'front' | 'back'): void {
    if (where === 'front') queue = [...items, ...queue]
    else for (const item of items) queue.push(item)
    if (closed) drop(queue.splice(0))
    else if (queue.length > capacity) drop(queue.splice(0, queue.length - capacity))
  }

  function pump(): void {
    while (!closed && retry === null && inFlight < IN_FLIGHT && (queue.length > 0 || (forgetting.size > 0 && inFlight === 0))) {
      const items = queue.splice(0, MOST_AT_ONCE)
      inFlight++
      itemsInFlight += items.length
      const settled: Item[] = []
      void deliver(items, settled).then((error) => {
        inFlight--
        itemsInFlight -= items.length
        heard(error)
        for (const item of settled) settle(item)
        pump()
      })
    }
  }

  function heard(error: string | null): void {
    const isNews = reachable !== (error === null) || lastError !== error
    reachable = error === null
    lastError = error
    if (error === null) retryMs = RETRY_MS
    else if (retry === null && !closed) {
      retry = setTimeout(retryNow, retryMs)
      retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS)
    }
    if (isNews) onState?.()
  }

  function retryNow(): void {
    if (retry !== null) clearTimeout(retry)
    retry = null
    pump()
  }

  /** What went wrong; then what is not `settled` is in the queue again. */
  async function deliver(items: readonly Item[], settled: Item[]): Promise<string | null> {
    try {
      // First of all, so that what follows counts no more of it.
      if (forgetting.size > 0) await forgetting.send(FORGET_TIMES_FINDTIME * longestFindtimeMs)
    } catch (error) {
      enqueue(items, 'front')
      return (error as Error).message
    }
    const undone: Item[] = []
    const asking: Item[] = []
    const round = { settled, undone, asking }
    const servers = routesOf(client, items, (item) => keysOf(prefix, item.counting))
    const errors = await Promise.all(servers.map((routes) => send(routes, round)))
    const askError = await answer(asking)
    enqueue([...undone, ...asking], 'front')
    return errors.find((error) => error !== null) ?? askError
  }

  /** Calls to one server, in one pipeline; where it does not know the script, it is told. */
  async function send(routes: readonly Route<Item>[], round: Round, isKnown = true): Promise<string | null> {
    const pipeline = client.pipeline()
    for (const [i, { keys, items }] of routes.entries()) {
      const args = [keys.length, ...keys, packCountings(items)] as const
      if (isKnown || i > 0) pipeline.evalsha(COUNT_SHA, ...args)
      else pipeline.eval(COUNT, ...args)
    }
    let replies: [Error | null, unknown][]
    try {
      replies = (await within(pipeline.exec())) ?? []
    } catch (error) {
      replies = routes.map(() => [error as Error, null])
    }
    let trouble: string | null = null
    const unknown: Route<Item>[] = []
    for (const [i, route] of routes.entries()) {
      const [error, reply] = replies[i]!
      if (error === null) take(route.items, reply as (number | string)[][], round)
      else if (isKnown && error.message.startsWith('NOSCRIPT')) unknown.push(route)
      else {
        trouble = error.message
        if (REFUSED.test(trouble)) {
          dropped += route.items.length
          round.settled.push(...route.items)
        } else round.undone.push(...route.items)
      }
    }
    if (trouble !== null && client instanceof Cluster && /^(?:MOVED|ASK)\b/.test(trouble)) client.refreshSlotsCache()
    return unknown.length === 0 ? trouble : ((await send(unknown, round, false)) ?? trouble)
  }

  function take(items: readonly Item[], reply: (number | string)[][], { settled, asking }: Round): void {
    const countings = items.map(({ counting }) => counting)
    const { fulls, asks } = readAnswer(countings, reply)
    for (const [i, full] of fulls) {
      const { batch, place } = items[i]!
      batch.fulls[place] = [...(batch.fulls[place] ?? []), full]
    }
    for (const [i, item] of items.entries()) {
      const networks = asks.get(i)
      if (networks) {
        item.untilOf ??= new Map()
        for (const network of networks) item.untilOf.set(network, 0)
        item.mayFire = ++item.asks < MOST_ASKS
        asking.push(item)
      } else {
        counted++
        settled.push(item)
      }
    }
  }

  /** Looks up until when networks are forgotten that Redis asked for. */
  async function answer(asking: readonly Item[]): Promise<string | null> {
    const networks = [...new Set(asking.flatMap(({ untilOf }) => [...untilOf!.keys()]))]
    try {
      const found = await Promise.all(networks.map((network) => within(client.get(markerOf(prefix, network)))))
      const untilOf = new Map(networks.map((network, i) => [network, Number(found[i] ?? 0)]))
      for (const item of asking) for (const network of item.untilOf!.keys()) item.untilOf!.set(network, untilOf.get(network)!)
      return null
    } catch (error) {
      for (const item of asking) item.untilOf = null
      return (error as Error).message
    }
  }

  client.on('ready', retryNow)

  return {
    count<C extends Counting>(countings: readonly C[]): Promise<Full<C>[]> {
      return new Promise((resolve) => {
        const batch: Batch = { left: countings.length, fulls: [], done: (fulls) => resolve(fulls.flat() as Full<C>[]) }
        if (countings.length === 0) resolve([])
        for (const { jail } of countings) longestFindtimeMs = Math.max(longestFindtimeMs, jail.findtimeMs, jail.then?.findtimeMs ?? 0)
        enqueue(
          countings.map((counting, place) => ({ counting, batch, place, asks: 0, mayFire: true, untilOf: null })),
          'back',
        )
        pump()
      })
    },
    forget(network: string, untilMs: number): Promise<void> {
      const told = forgetting.add(network, untilMs)
      if (closed) forgetting.clear()
      pump()
      return told
    },
    status: () => ({ reachable, lastError, pending: queue.length + itemsInFlight, dropped, counted }),
    close(): void {
      closed = true
      client.off('ready', retryNow)
      if (retry !== null) clearTimeout(retry)
      drop(queue.splice(0))
      forgetting.clear()
    },
  }
}
