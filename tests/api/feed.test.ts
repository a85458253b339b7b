import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MOST_CLIENTS } from '../../src/api/feed-clients.ts'
import { aBan } from './fake-control.ts'
import { type FakeDaemon, send, startFakeDaemon } from './fake-daemon.ts'
import { eventually, type Follower, follow } from './feed-client.ts'
import { aFound, aNotice, anEvent } from './feed-samples.ts'

let daemon: FakeDaemon
let followers: Follower[]
beforeEach(async () => {
  daemon = await startFakeDaemon()
  followers = []
})
afterEach(async () => {
  for (const { leave } of followers) leave()
  await daemon.stop()
})

async function join(path?: string, headers?: Record<string, string>): Promise<Follower> {
  const follower = await follow(daemon.socket, path, headers)
  followers.push(follower)
  return follower
}
const feed = () => daemon.control.feed
const messages = ({ told }: Follower) => told.map(({ data }) => data.message)
const metric = async (name: string) => new RegExp(`^${name} (\\d+)$`, 'm').exec(await daemon.metrics.text())?.[1]

test('what happens is told as it happens, each with its number, its type and the object that watch prints', async () => {
  const follower = await join()
  expect(follower.answer.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  feed().put({ type: 'ban', ban: aBan(), atMs: 0 })
  feed().put(aFound({ user: 'a\nid: 7\u2028\x9b' }))
  await eventually(() => expect(follower.told).toHaveLength(2))
  expect(follower.told).toMatchObject([
    { id: `${feed().boot}-1`, event: 'ban', data: { type: 'ban', ip: '192.0.2.7', jail: 'sip-auth' } },
    { id: `${feed().boot}-2`, event: 'found', data: { type: 'found', ip: '192.0.2.7', user: 'a\nid: 7\u2028\x9b', source: 'sip.log' } },
  ])
})

test('events and skips come only to who asks for them', async () => {
  const [usual, asking] = [await join(), await join('?types=event,notice')]
  feed().put({ type: 'event', event: anEvent() })
  feed().put(aFound())
  feed().put(aNotice('end'))
  await eventually(() => expect(usual.told.at(-1)?.event).toBe('notice'))
  await eventually(() => expect(asking.told.at(-1)?.event).toBe('notice'))
  expect(usual.told.map(({ event }) => event)).toEqual(['found', 'notice'])
  expect(asking.told.map(({ event }) => event)).toEqual(['event', 'notice'])
})

test.each(['?types=bans', '?types=ban,', '?types=', '?since=1h'])('%s is refused', async (query) => {
  const { status, text } = await send(daemon.socket, 'GET', `/api/feed${query}`)
  expect([status, JSON.parse(text).error.code]).toEqual([400, 'USAGE'])
})

test('a HEAD request is not answered with a stream', async () => {
  expect((await send(daemon.socket, 'HEAD', '/api/feed')).status).toBe(404)
})

test('who comes again goes on where he was, by header and by query: nothing is missing and nothing comes twice', async () => {
  const first = await join()
  for (let i = 0; i < 5; i++) feed().put(aNotice(`${i}`))
  await eventually(() => expect(first.told).toHaveLength(5))
  first.leave()
  for (let i = 5; i < 10; i++) feed().put(aNotice(`${i}`))
  // A browser repeats the URL it was given at first.
  const again = await join(`?after=${first.told[0]!.id}`, { 'Last-Event-ID': first.lastId()! })
  const other = await join(`?after=${first.told[2]!.id}`)
  for (let i = 10; i < 12; i++) feed().put(aNotice(`${i}`))
  await eventually(() => expect(messages(again)).toEqual(['5', '6', '7', '8', '9', '10', '11']))
  await eventually(() => expect(messages(other)).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11']))
})

test('who has heard nothing yet has a place to go on from too', async () => {
  feed().put(aNotice('before'))
  const first = await join()
  await eventually(() => expect(first.lastId()).toBe(`${feed().boot}-1`))
  first.leave()
  feed().put(aNotice('meanwhile'))
  const again = await join('', { 'Last-Event-ID': first.lastId()! })
  await eventually(() => expect(messages(again)).toEqual(['meanwhile']))
})

test('0 is all that is held', async () => {
  for (const text of ['a', 'b']) feed().put(aNotice(text))
  const follower = await join('?after=0')
  await eventually(() => expect(messages(follower)).toEqual(['a', 'b']))
})

test('where more came than is held, the gap is told first', async () => {
  feed().put(aNotice('x'))
  const first = await join('?after=0')
  await eventually(() => expect(first.told).toHaveLength(1))
  first.leave()
  for (let i = 0; i < 10_005; i++) feed().put(aNotice(`${i}`))
  const again = await join('', { 'Last-Event-ID': first.lastId()! })
  await eventually(() => expect(again.told).toHaveLength(10_001))
  expect(again.told[0]).toEqual({ id: null, event: 'gap', data: { missed: 5 } })
  expect([messages(again)[1], messages(again).at(-1)]).toEqual(['5', '10004'])
})

test('after a restart it cannot be said how much is missing, and all that is held is told', async () => {
  feed().put(aNotice('since the start'))
  const follower = await join('', { 'Last-Event-ID': '0123456789ab-99' })
  await eventually(() => expect(follower.told).toHaveLength(2))
  expect(follower.told[0]).toEqual({ id: null, event: 'gap', data: { missed: null } })
  expect(messages(follower)[1]).toBe('since the start')
})

test('a thousand clients are told the same, while the API answers', async () => {
  for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 100 }, () => join()))
  expect(await metric('sipguard_feed_clients')).toBe('1000')
  for (let i = 0; i < 50; i++) feed().put(aNotice(`${i}`))
  expect((await send(daemon.socket, 'GET', '/api/status')).status).toBe(200)
  const all = Array.from({ length: 50 }, (_, i) => `${i}`)
  await eventually(() => expect(followers.filter(({ told }) => told.length < 50)).toHaveLength(0))
  for (const follower of followers) expect(messages(follower)).toEqual(all)
})

test('there is an end to how many may follow', async () => {
  for (let i = 0; i < MOST_CLIENTS; i += 100) await Promise.all(Array.from({ length: 100 }, () => join()))
  const { status, text } = await send(daemon.socket, 'GET', '/api/feed')
  expect([status, JSON.parse(text).error]).toEqual([409, { code: 'DAEMON_REFUSED', message: '2000 clients follow the feed already' }])
})

test('when the daemon stops, clients are ended at once, and one that does not read is no hindrance', async () => {
  const follower = await join()
  const mute = connect(daemon.socket)
  mute.write('GET /api/feed HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await eventually(async () => expect(await metric('sipguard_feed_clients')).toBe('2'))
  for (let i = 0; i < 100; i++) feed().put(aNotice('x'.repeat(60_000)))
  const stopping = daemon.stop()
  await follower.ended
  await stopping
  expect(await metric('sipguard_feed_clients')).toBe('0')
  mute.destroy()
  daemon = await startFakeDaemon()
})
