import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { FEED_TYPES, resume } from '../../src/api/feed.ts'
import { createFeedClients, type FeedClientsOptions } from '../../src/api/feed-clients.ts'
import { createFeed } from '../../src/daemon/feed.ts'
import { temporaryDirectories } from '../state/temporary-directory.ts'
import { eventually, type Follower, follow } from './feed-client.ts'
import { aNotice } from './feed-samples.ts'

const newDirectory = temporaryDirectories()
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** The clients alone, with other times than the daemon's. */
async function serve({ mayFollow, ...options }: Partial<FeedClientsOptions> & { mayFollow?: () => boolean }) {
  const feed = createFeed()
  const counted = { clients: 0, hungUp: 0 }
  const metrics = {
    feedClients(more: number) {
      counted.clients += more
    },
    feedHungUp() {
      counted.hungUp++
    },
  }
  const clients = createFeedClients({ feed, metrics, ...options })
  const responses: ServerResponse[] = []
  const server: Server = createServer((request, response) => {
    responses.push(response)
    clients.add(response, new Set(FEED_TYPES), resume(feed, request.headers['last-event-id'] as string | undefined), mayFollow)
  })
  const socket = join(newDirectory(), 's')
  await new Promise<void>((done) => server.listen(socket, done))
  closers.push(() => {
    clients.close()
    server.close()
  })
  /** Bytes that wait for the slowest. */
  const waiting = () => Math.max(...responses.map(({ writableLength }) => writableLength))
  return { feed, clients, counted, socket, waiting }
}

/** A client that never reads. */
function mute(socket: string): Socket {
  const client = connect(socket).pause()
  client.on('error', () => {})
  client.write('GET /api/feed HTTP/1.1\r\nHost: localhost\r\n\r\n')
  closers.push(() => client.destroy())
  return client
}

const TEXT = 'x'.repeat(1000)

test('a client that does not read is hung up on, holds next to nothing in memory meanwhile, and the others go on', async () => {
  const { feed, counted, socket, waiting } = await serve({ lookMs: 20, patienceMs: 500 })
  const reader = await follow(socket)
  mute(socket)
  await eventually(() => expect(counted.clients).toBe(2))
  let [put, most] = [0, 0]
  await eventually(() => {
    for (let i = 0; i < 200; i++) feed.put(aNotice(`${put++} ${TEXT}`))
    most = Math.max(most, waiting())
    expect(counted.hungUp).toBe(1)
  })
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(256 * 1024)
  expect(counted.clients).toBe(1)
  feed.put(aNotice('last'))
  await eventually(() => expect(reader.told.at(-1)?.data.message).toBe('last'))
  reader.leave()
})

test('a client that is slow for a while misses nothing that is held', async () => {
  const { feed, counted, socket } = await serve({ patienceMs: 60_000 })
  const slow: Follower = await follow(socket)
  slow.answer.pause()
  for (let i = 0; i < 5000; i++) feed.put(aNotice(`${i} ${TEXT}`))
  const other = await follow(socket, '', { 'Last-Event-ID': '0' })
  await eventually(() => expect(other.told).toHaveLength(5000))
  slow.answer.resume()
  await eventually(() => expect(slow.told).toHaveLength(5000))
  expect(slow.told.map(({ data }) => Number.parseInt(String(data.message), 10))).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  expect(counted.hungUp).toBe(0)
  slow.leave()
  other.leave()
})

test('where nothing happens a heartbeat is heard, and carries how far one is', async () => {
  const { feed, socket } = await serve({ lookMs: 10, heartbeatMs: 30 })
  const follower = await follow(socket)
  await eventually(() => expect(follower.comments()).toBeGreaterThan(3))
  expect([follower.told, follower.lastId()]).toEqual([[], `${feed.boot}-0`])
  follower.leave()
})

test('when the last client has left nobody listens to the feed', async () => {
  const { feed, clients, counted, socket } = await serve({})
  let listeners = 0
  const { onEntry } = feed
  feed.onEntry = (listener) => {
    listeners++
    const off = onEntry(listener)
    return () => {
      listeners--
      off()
    }
  }
  const [one, other] = [await follow(socket), await follow(socket)]
  expect([clients.size, listeners]).toEqual([2, 1])
  one.leave()
  other.leave()
  await eventually(() => expect([clients.size, counted.clients, listeners]).toEqual([0, 0, 0]))
})

test('who may no longer follow is told nothing more', async () => {
  let may = true
  const { clients, socket } = await serve({ lookMs: 20, mayFollow: () => may })
  const follower = await follow(socket)
  expect(clients.size).toBe(1)
  may = false
  await follower.ended
  expect(clients.size).toBe(0)
})
