import { beforeEach, describe, expect, test } from 'vitest'
import { createPeers, type Published } from '../../src/fleet/peers.ts'

const MINUTE_MS = 6e4
const DAY_MS = 864e5
const START_MS = Date.UTC(2026, 0, 15, 10)

describe('the peers that nodes publish', () => {
  let nowMs: number
  let own: string[]
  let readSinceMs: number | null
  let words: Map<string, Published>
  const said = () => [...words.values()].map(({ of, cidrs, atMs, node }) => ({ of, cidrs, atMs, node }))

  const nodeOf = (node: string) =>
    createPeers({
      ...{ node, now: () => nowMs, own: () => own, published: () => [...words.values()], readSinceMs: () => readSinceMs },
      publish(decision, atMs) {
        if (decision.kind === 'peers') words.set(decision.of, { ...decision, atMs, node })
      },
    })
  /** As time goes by; how often something was said. */
  function pass(ms: number, node: ReturnType<typeof nodeOf>): number {
    let times = 0
    for (const endMs = nowMs + ms; nowMs < endMs; ) {
      nowMs += 10 * MINUTE_MS
      if (node.tend()) times++
    }
    return times
  }

  beforeEach(() => {
    nowMs = START_MS
    own = []
    readSinceMs = START_MS - DAY_MS
    words = new Map()
  })

  test('are said at first, whenever they change, and once a day', () => {
    const node = nodeOf('a')
    expect(node.tend()).toBe(false)
    own = ['192.0.2.1']
    expect([node.tend(), node.tend()]).toEqual([true, false])
    expect(pass(3 * DAY_MS, node)).toBe(3)
    own = ['192.0.2.1', '192.0.2.2']
    expect(node.tend()).toBe(true)
    expect(said()).toEqual([{ of: 'a', cidrs: ['192.0.2.1', '192.0.2.2'], atMs: nowMs, node: 'a' }])
    own = []
    expect([node.tend(), node.tend()]).toEqual([true, false])
    expect(pass(3 * DAY_MS, node)).toBe(0)
    expect(node.list()).toEqual([])
  })

  test('of any node are peers of all, each once', () => {
    words.set('b', { kind: 'peers', of: 'b', cidrs: ['192.0.2.1', '192.0.2.2'], atMs: nowMs, node: 'b' })
    own = ['192.0.2.2', '192.0.2.3']
    const node = nodeOf('a')
    node.tend()
    expect([...node.list()].sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
  })

  test('are withdrawn by any other node when their own has not said them for a week', () => {
    own = ['192.0.2.1']
    nodeOf('lost').tend()
    own = []
    const node = nodeOf('a')
    expect(pass(7 * DAY_MS - 10 * MINUTE_MS, node)).toBe(0)
    expect(node.list()).toEqual(['192.0.2.1'])
    expect(pass(10 * MINUTE_MS, node)).toBe(1)
    expect(said()).toEqual([{ of: 'lost', cidrs: [], atMs: nowMs, node: 'a' }])
    expect(pass(DAY_MS, node)).toBe(0)
  })

  test('are kept while Redis is away, and an hour after', () => {
    own = ['192.0.2.1']
    nodeOf('b').tend()
    own = []
    const node = nodeOf('a')
    readSinceMs = null
    expect(pass(30 * DAY_MS, node)).toBe(0)
    readSinceMs = nowMs
    expect(pass(60 * MINUTE_MS - 10 * MINUTE_MS, node)).toBe(0)
    expect(node.list()).toEqual(['192.0.2.1'])
    expect(pass(10 * MINUTE_MS, node)).toBe(1)
    expect(node.list()).toEqual([])
  })

  test('are said again by a node that was thought lost and is not', () => {
    own = ['192.0.2.1']
    const node = nodeOf('b')
    node.tend()
    words.set('b', { kind: 'peers', of: 'b', cidrs: [], atMs: nowMs + 1, node: 'a' })
    expect(node.tend()).toBe(true)
    expect(node.list()).toEqual(['192.0.2.1'])
  })
})
