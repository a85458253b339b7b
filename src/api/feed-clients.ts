import type { ServerResponse } from 'node:http'
import { entryId, type Feed, type FeedPart, type FeedType } from './feed.ts'
import type { Metrics } from './metrics.ts'

/** Clients are given what is new so often: one write for all that came meanwhile. */
const PACE_MS = 100
const LOOK_MS = 1000
const HEARTBEAT_MS = 15_000
/** Who has not taken what was written by then is hung up on. */
const PATIENCE_MS = 10_000
/** Characters written to one client in one piece; no more than that waits for it, for it is given the next when this one is taken. */
const PIECE = 64 * 1024
/** Each holds a descriptor. */
export const MOST_CLIENTS = 2000

interface Client {
  readonly response: ServerResponse
  /** Whether whoever asked may still be told. */
  readonly mayFollow: () => boolean
  readonly types: ReadonlySet<FeedType>
  /** The same for all who asked for the same. */
  readonly asked: string
  /** Number of the last entry it was given, or need not be. */
  at: number
  /** Since when it has not taken what was written; null: it has. */
  stalledSinceMs: number | null
  spokenToMs: number
}

export interface FeedClientsOptions {
  readonly feed: Feed
  readonly metrics: Pick<Metrics, 'feedClients' | 'feedHungUp'>
  readonly now?: () => number
  readonly lookMs?: number
  readonly heartbeatMs?: number
  readonly patienceMs?: number
}

/**
 * Those who follow the feed by server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). What waits for a client waits
 * in the feed, once for all of them, and each is given as much as it takes: a slow one costs no memory, and misses what the feed no longer holds,
 * which it is told.
 */
export function createFeedClients({
  feed,
  metrics,
  now = Date.now,
  lookMs = LOOK_MS,
  heartbeatMs = HEARTBEAT_MS,
  patienceMs = PATIENCE_MS,
}: FeedClientsOptions) {
  const clients = new Set<Client>()
  let pace: NodeJS.Timeout | null = null
  let looks: NodeJS.Timeout | null = null
  let unfollow = () => {}

  function write(client: Client, text: string): void {
    client.spokenToMs = now()
    if (!client.response.write(text)) client.stalledSinceMs ??= now()
  }

  /** `parts`: of this round, for most clients are at the same place. */
  function give(client: Client, parts?: Map<string, Piece>): void {
    while (client.at < feed.newest && client.stalledSinceMs === null) {
      const key = `${client.at} ${client.asked}`
      const piece = parts?.get(key) ?? pieceOf(feed.boot, feed.read(client.at, client.types, PIECE))
      parts?.set(key, piece)
      client.at = piece.upTo
      if (piece.text !== '') write(client, piece.text)
    }
  }

  function giveAll(): void {
    pace = null
    const parts = new Map<string, Piece>()
    for (const client of clients) give(client, parts)
  }

  function look(): void {
    for (const client of clients) {
      const { response, mayFollow, stalledSinceMs, spokenToMs } = client
      if (!mayFollow()) {
        response.destroy()
        leave(client)
      } else if (stalledSinceMs !== null) {
        if (now() - stalledSinceMs < patienceMs) continue
        metrics.feedHungUp()
        response.destroy()
        leave(client)
      } else if (now() - spokenToMs >= heartbeatMs) write(client, heartbeat(feed.boot, client.at))
    }
  }

  function enter(client: Client): void {
    if (clients.size === 0) {
      looks = setInterval(look, lookMs)
      unfollow = feed.onEntry(() => {
        pace ??= setTimeout(giveAll, PACE_MS)
      })
    }
    clients.add(client)
    metrics.feedClients(1)
  }

  function leave(client: Client): void {
    if (!clients.delete(client)) return
    metrics.feedClients(-1)
    if (clients.size > 0) return
    unfollow()
    if (looks !== null) clearInterval(looks)
    if (pace !== null) clearTimeout(pace)
    pace = null
  }

  return {
    get size() {
      return clients.size
    },
    /**
     * Takes over a response to which nothing was written. `known`: whether what the client had before `after` is known. `mayFollow` is asked every
     * second.
     */
    add(
      response: ServerResponse,
      types: ReadonlySet<FeedType>,
      { after, known }: { readonly after: number; readonly known: boolean },
      mayFollow = () => true,
    ): void {
      const client: Client = { response, mayFollow, types, asked: [...types].join(), at: after, stalledSinceMs: null, spokenToMs: now() }
      response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        // Proxies of nginx's kind would hold it back.
        'X-Accel-Buffering': 'no',
        Connection: 'close',
      })
      response.on('close', () => leave(client)).on('error', () => {}) // it is closed next
      response.on('drain', () => {
        client.stalledSinceMs = null
        give(client)
      })
      enter(client)
      write(client, known ? heartbeat(feed.boot, after) : gap(null))
      give(client)
    },
    /** Ends all of them. */
    close(): void {
      for (const client of clients) {
        if (client.stalledSinceMs === null) client.response.end()
        else client.response.destroy()
        leave(client)
      }
    },
  }
}

interface Piece {
  readonly text: string
  readonly upTo: number
}

function pieceOf(boot: string, { entries, upTo, missed }: FeedPart): Piece {
  const events = entries.map(({ number, name, json }) => `id: ${entryId(boot, number)}\nevent: ${name}\ndata: ${json}\n\n`)
  return { text: `${missed > 0 ? gap(missed) : ''}${events.join('')}`, upTo }
}

/** Comment and id: nothing is dispatched, and who follows rare types does not fall behind. */
const heartbeat = (boot: string, number: number): string => `:\nid: ${entryId(boot, number)}\n\n`

const gap = (missed: number | null): string => `event: gap\ndata: ${JSON.stringify({ missed })}\n\n`
