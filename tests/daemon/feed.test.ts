import { expect, test } from 'vitest'
import { FEED_TYPES, type FeedType, resume } from '../../src/api/feed.ts'
import { createFeed } from '../../src/daemon/feed.ts'
import { aBan } from '../api/fake-control.ts'
import { aFound, aNotice } from '../api/feed-samples.ts'

const ALL: ReadonlySet<FeedType> = new Set(FEED_TYPES)
const read = (feed: ReturnType<typeof createFeed>, after = 0, types = ALL) => feed.read(after, types, Number.POSITIVE_INFINITY)

test('what is put in is numbered, and reads as watch prints it', () => {
  const feed = createFeed()
  feed.put({ type: 'ban', ban: aBan(), atMs: 0 })
  feed.put(aNotice('the \x9b log'))
  expect(read(feed)).toEqual({
    entries: [
      { number: 1, of: 'ban', name: 'ban', json: expect.stringMatching(/^\{"type":"ban","ip":"192\.0\.2\.7",.*\}$/) },
      { number: 2, of: 'notice', name: 'notice', json: '{"type":"notice","message":"the \\u009b log","at":"2026-01-15T10:30:45.000Z"}' },
    ],
    upTo: 2,
    missed: 0,
  })
  expect(read(feed, 1).entries.map(({ number }) => number)).toEqual([2])
  expect(read(feed, 2)).toEqual({ entries: [], upTo: 2, missed: 0 })
})

test('only the types asked for are read, and all numbers are gone past', () => {
  const feed = createFeed()
  feed.put(aNotice('a'))
  feed.put(aFound())
  feed.put(aNotice('b'))
  const { entries, upTo } = read(feed, 0, new Set(['found']))
  expect([entries.map(({ number }) => number), upTo]).toEqual([[2], 3])
})

test('a part ends when it is large enough, and the next one goes on there', () => {
  const feed = createFeed()
  for (let i = 0; i < 5; i++) feed.put(aNotice('x'.repeat(100)))
  const first = feed.read(0, ALL, 200)
  expect(first.entries.map(({ number }) => number)).toEqual([1, 2])
  expect(feed.read(first.upTo, ALL, 1).entries.map(({ number }) => number)).toEqual([3])
})

test('the oldest go first, and who asks for them is told how many are missing', () => {
  const feed = createFeed({ mostEntries: 3 })
  for (const text of ['a', 'b', 'c', 'd', 'e']) feed.put(aNotice(text))
  expect([feed.oldest, feed.newest]).toEqual([3, 5])
  const { entries, missed } = read(feed, 1)
  expect([entries.map(({ number }) => number), missed]).toEqual([[3, 4, 5], 1])
  expect(read(feed, 2).missed).toBe(0)
})

test('nothing is missing for who asked for none of what is gone', () => {
  const feed = createFeed({ mostEntries: 3 })
  feed.put(aNotice('a'))
  for (let i = 0; i < 4; i++) feed.put(aFound())
  expect(read(feed, 0, new Set(['ban'])).missed).toBe(0)
  expect(read(feed, 0, new Set(['notice'])).missed).toBe(2)
  expect(read(feed, 1, new Set(['notice'])).missed).toBe(0)
})

test('long texts push out more than one of what was there, and never more than there is', () => {
  const feed = createFeed({ mostChars: 1000 })
  for (let i = 0; i < 20; i++) feed.put(aNotice('x'.repeat(100)))
  expect(feed.newest - feed.oldest + 1).toBeLessThan(8)
  feed.put(aNotice('x'.repeat(5000)))
  expect(read(feed).entries.map(({ number }) => number)).toEqual([21])
  feed.put(aNotice('y'))
  expect(read(feed, 21).entries.map(({ number }) => number)).toEqual([22])
})

test('of what comes by the thousand some are taken each second, and it is said how many were not', () => {
  const feed = createFeed()
  for (let i = 0; i < 1000; i++) feed.put(aFound())
  for (let i = 0; i < 300; i++) feed.put({ type: 'ban', ban: aBan(), atMs: 0 })
  expect(feed.newest).toBe(500)
  feed.tick(Date.UTC(2026, 0, 15))
  expect(read(feed, 500).entries).toEqual([
    { number: 501, of: 'found', name: 'found-more', json: '{"type":"found-more","count":800,"at":"2026-01-15T00:00:00.000Z"}' },
  ])
  feed.put(aFound())
  feed.tick(0)
  expect(read(feed, 501).entries.map(({ name }) => name)).toEqual(['found'])
})

test('an id of this start goes on behind it, one of another start, or none that can be, at the oldest', () => {
  const feed = createFeed({ mostEntries: 3 })
  for (const text of ['a', 'b', 'c', 'd', 'e']) feed.put(aNotice(text))
  expect(resume(feed, undefined)).toEqual({ after: 5, known: true })
  expect(resume(feed, '0')).toEqual({ after: 2, known: true })
  expect(resume(feed, `${feed.boot}-4`)).toEqual({ after: 4, known: true })
  expect(resume(feed, `${feed.boot}-1`)).toEqual({ after: 1, known: true })
  for (const id of [`${feed.boot}-6`, `${createFeed().boot}-4`, '4', '', 'x-y', `${feed.boot}-1e3`]) {
    expect(resume(feed, id), id).toEqual({ after: 2, known: false })
  }
})
